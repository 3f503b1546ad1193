/// Why a text is no base64.
package enum Base64Error: Error, Sendable, Equatable {
    /// A character outside the alphabet, or padding where none belongs.
    case malformed
    /// The length cannot be that of an encoding.
    case wrongLength
    /// The unused bits at the end are not zero, so that another text stands for the same bytes.
    case notCanonical
}

/// Base64 of RFC 4648: one text for one sequence of bytes, anything else is refused.
package enum Base64 {
    /// Which alphabet, and whether the text is padded.
    package enum Variant: Sendable {
        /// RFC 4648 §4 with padding: SASL and XMPP.
        case standard
        /// RFC 4648 §5 without padding: cards and names of files.
        case url
    }

    /// Encodes bytes.
    package static func encode(_ bytes: some Sequence<UInt8>, _ variant: Variant = .standard) -> String {
        var output: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                output.append(character(for: UInt8(bits >> UInt32(count) & 63), variant))
            }
            bits &= 63
        }
        if count > 0 { output.append(character(for: UInt8(bits << UInt32(6 - count) & 63), variant)) }
        if variant == .standard {
            while output.count % 4 != 0 { output.append(UInt8(ascii: "=")) }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Decodes a text.
    /// - Throws: `Base64Error` for anything that `encode` would not have written.
    package static func decode(
        _ text: some StringProtocol, _ variant: Variant = .standard
    ) throws(Base64Error) -> [UInt8] {
        try decode(bytes: Array(text.utf8), variant)
    }

    /// Decodes a text given as its bytes.
    /// - Throws: `Base64Error` for anything that `encode` would not have written.
    package static func decode(
        bytes: [UInt8], _ variant: Variant = .standard
    ) throws(Base64Error) -> [UInt8] {
        var length = bytes.count
        if variant == .standard {
            guard length % 4 == 0 else { throw .wrongLength }
            for _ in 0..<2 where length > 0 && bytes[length - 1] == UInt8(ascii: "=") { length -= 1 }
        }
        guard length % 4 != 1 else { throw .wrongLength }
        var output: [UInt8] = []
        output.reserveCapacity(length / 4 * 3 + 2)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes[..<length] {
            guard let value = value(of: byte, variant) else { throw .malformed }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= 1 << UInt32(count) - 1
            }
        }
        guard bits == 0 else { throw .notCanonical }
        return output
    }

    private static func character(for value: UInt8, _ variant: Variant) -> UInt8 {
        switch value {
        case 0..<26: return UInt8(ascii: "A") + value
        case 26..<52: return UInt8(ascii: "a") + value - 26
        case 52..<62: return UInt8(ascii: "0") + value - 52
        case 62: return variant == .standard ? UInt8(ascii: "+") : UInt8(ascii: "-")
        default: return variant == .standard ? UInt8(ascii: "/") : UInt8(ascii: "_")
        }
    }

    private static func value(of byte: UInt8, _ variant: Variant) -> UInt8? {
        switch (byte, variant) {
        case (UInt8(ascii: "A")...UInt8(ascii: "Z"), _): return byte - UInt8(ascii: "A")
        case (UInt8(ascii: "a")...UInt8(ascii: "z"), _): return byte - UInt8(ascii: "a") + 26
        case (UInt8(ascii: "0")...UInt8(ascii: "9"), _): return byte - UInt8(ascii: "0") + 52
        case (UInt8(ascii: "+"), .standard), (UInt8(ascii: "-"), .url): return 62
        case (UInt8(ascii: "/"), .standard), (UInt8(ascii: "_"), .url): return 63
        default: return nil
        }
    }
}
