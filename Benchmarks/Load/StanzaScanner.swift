internal import Glibc
internal import NIOCore

/// Finds the stanzas of an established stream without building them: the generator has to cost less
/// than what it measures. Reads what a server writes; it is no XML parser.
struct StanzaScanner {
    /// What a stanza is, by the name of its outermost element.
    enum Kind {
        case message, presence, iq, ask, acknowledgement, streamError, other
    }

    struct Stanza {
        let kind: Kind
        /// Of the outermost start tag, without its brackets.
        let tag: UnsafeRawBufferPointer

        /// The value of an attribute of the outermost tag, as it is written.
        func attribute(_ name: StaticString) -> UnsafeRawBufferPointer? {
            let length = name.utf8CodeUnitCount
            guard let start = tag.baseAddress, tag.count > length + 4 else { return nil }
            var index = 0
            while index + length + 3 < tag.count {
                if tag[index] == 0x20, memcmp(start + index + 1, name.utf8Start, length) == 0,
                    tag[index + 1 + length] == UInt8(ascii: "=")
                {
                    let first = index + length + 3
                    let quote = tag[first - 1]
                    guard let end = tag[first...].firstIndex(of: quote) else { return nil }
                    return UnsafeRawBufferPointer(rebasing: tag[first..<end])
                }
                index += 1
            }
            return nil
        }
    }

    /// What has come of a stanza that is not complete.
    private var unfinished: ByteBuffer?

    /// Calls `each` for every stanza that these bytes complete.
    /// - Returns: false when the stream was closed, or is not one.
    mutating func read(_ bytes: ByteBuffer, _ each: (Stanza) -> Void) -> Bool {
        var input = bytes
        if var earlier = unfinished {
            earlier.writeImmutableBuffer(bytes)
            input = earlier
            unfinished = nil
        }
        var isOpen = true
        let used = input.withUnsafeReadableBytes { bytes in
            var position = 0
            while isOpen, let (next, stanza) = Self.stanza(in: bytes, from: position, &isOpen) {
                position = next
                if let stanza { each(stanza) }
            }
            return position
        }
        input.moveReaderIndex(forwardBy: used)
        if input.readableBytes > 0 { unfinished = input }
        return isOpen
    }

    private static func stanza(
        in bytes: UnsafeRawBufferPointer, from start: Int, _ isOpen: inout Bool
    ) -> (Int, Stanza?)? {
        guard start < bytes.count else { return nil }
        // Whitespace keeps a connection alive.
        guard bytes[start] == UInt8(ascii: "<") else { return (start + 1, nil) }
        var depth = 0
        var position = start
        var outermost: UnsafeRawBufferPointer?
        while let (end, opens, closes) = tag(in: bytes, from: position) {
            if opens, outermost == nil {
                outermost = UnsafeRawBufferPointer(rebasing: bytes[(position + 1)..<(end - 1)])
            }
            if opens { depth += 1 }
            if closes { depth -= 1 }
            guard depth >= 0 else {
                isOpen = false
                return nil
            }
            if depth == 0 {
                return (end, outermost.map { Stanza(kind: kind(of: $0), tag: $0) })
            }
            guard let next = bytes[end...].firstIndex(of: UInt8(ascii: "<")) else { return nil }
            position = next
        }
        return nil
    }

    /// The tag at `start`: the position behind it, and whether it opens and closes an element.
    private static func tag(in bytes: UnsafeRawBufferPointer, from start: Int) -> (Int, Bool, Bool)? {
        var quote: UInt8 = 0
        var index = start + 1
        while index < bytes.count {
            let byte = bytes[index]
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                if bytes[start + 1] == UInt8(ascii: "/") { return (index + 1, false, true) }
                return (index + 1, true, bytes[index - 1] == UInt8(ascii: "/"))
            }
            index += 1
        }
        return nil
    }

    private static func kind(of tag: UnsafeRawBufferPointer) -> Kind {
        let name = tag.prefix { $0 != 0x20 && $0 != UInt8(ascii: "/") }
        switch name.count {
        case 1 where name.first == UInt8(ascii: "r"): return .ask
        case 1 where name.first == UInt8(ascii: "a"): return .acknowledgement
        case 2 where name.elementsEqual("iq".utf8): return .iq
        case 7 where name.elementsEqual("message".utf8): return .message
        case 8 where name.elementsEqual("presence".utf8): return .presence
        case 12 where name.elementsEqual("stream:error".utf8): return .streamError
        default: return .other
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The decimal number that begins here, and how many bytes it has.
    func leadingNumber() -> (value: UInt64, length: Int) {
        var value: UInt64 = 0
        var length = 0
        for byte in self {
            guard byte >= 0x30, byte <= 0x39, length < 19 else { break }
            value = value * 10 + UInt64(byte - 0x30)
            length += 1
        }
        return (value, length)
    }
}
