/// Cuts a stanza as `Element.serialize` writes it into tags, attributes and texts, without changing a byte: what
/// it accepts is put together again by writing the pieces one after the other. Everything else (other quotes,
/// comments, spaces) is left to travel as it is.
struct StanzaScanner {
    enum Piece {
        /// `<name`, with ` xmlns='namespace'` right after it.
        case tag(ArraySlice<UInt8>, namespace: ArraySlice<UInt8>?)
        /// Name and value as they are written, escapes included.
        case attribute(ArraySlice<UInt8>, ArraySlice<UInt8>)
        case text(ArraySlice<UInt8>)
        /// `/>` right after the tag, else `</name>`.
        case end
    }

    /// Deeper ones travel as they are.
    static let maxDepth = 64

    private let bytes: [UInt8]
    private var position = 0
    private var open: [ArraySlice<UInt8>] = []
    private var pieces: [Piece] = []

    /// The pieces of exactly one element, nil when it is not written in that form.
    static func pieces(of stanza: [UInt8]) -> [Piece]? {
        var scanner = StanzaScanner(stanza)
        return scanner.scan()
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func scan() -> [Piece]? {
        repeat {
            guard let isTag = peek().map({ $0 == UInt8(ascii: "<") }) else { return nil }
            if !isTag {
                guard !open.isEmpty, let text = takeText() else { return nil }
                pieces.append(.text(text))
            } else if peek(1) == UInt8(ascii: "/") {
                guard takeEndTag() else { return nil }
            } else {
                guard takeTag() else { return nil }
            }
        } while !open.isEmpty
        return position == bytes.count ? pieces : nil
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    private mutating func take(_ expected: StaticString) -> Bool {
        let wanted = expected.withUTF8Buffer { Array($0) }
        guard bytes[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    /// What is before the first byte for which `ends` holds; nil when nothing is, or the end comes first.
    private mutating func take(until ends: (UInt8) -> Bool) -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(where: ends) else { return nil }
        defer { position = end }
        return bytes[position..<end]
    }

    private mutating func takeName() -> ArraySlice<UInt8>? {
        let name = take { byte in
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "="), UInt8(ascii: "/"), UInt8(ascii: ">"),
                UInt8(ascii: "<"), UInt8(ascii: "'"), 0:
                true
            default: false
            }
        }
        return name?.isEmpty == false ? name : nil
    }

    private mutating func takeValue() -> ArraySlice<UInt8>? {
        guard take("='"), let value = take(until: { $0 == UInt8(ascii: "'") || $0 == 0 }), take("'") else {
            return nil
        }
        return value
    }

    private mutating func takeText() -> ArraySlice<UInt8>? {
        guard let text = take(until: { $0 == UInt8(ascii: "<") || $0 == 0 }), peek() != 0 else { return nil }
        return text
    }

    private mutating func takeTag() -> Bool {
        guard take("<"), let name = takeName(), open.count < Self.maxDepth else { return false }
        var namespace: ArraySlice<UInt8>?
        if take(" xmlns") {
            guard let value = takeValue() else { return false }
            namespace = value
        }
        pieces.append(.tag(name, namespace: namespace))
        while take(" ") {
            guard let name = takeName(), let value = takeValue() else { return false }
            pieces.append(.attribute(name, value))
        }
        if take("/>") {
            pieces.append(.end)
        } else {
            // An element without content is written in its short form.
            guard take(">"), !bytes[position...].starts(with: [UInt8(ascii: "<"), UInt8(ascii: "/")]) else {
                return false
            }
            open.append(name)
        }
        return true
    }

    private mutating func takeEndTag() -> Bool {
        guard take("</"), let name = open.popLast(), bytes[position...].starts(with: name) else {
            return false
        }
        position += name.count
        pieces.append(.end)
        return take(">")
    }
}
