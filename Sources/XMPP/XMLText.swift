/// Text as XML: what must be escaped, and appending it without intermediate strings.
enum XMLText {
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: text.utf8)
    }

    static func appendEscapedText(_ text: String, to bytes: inout [UInt8]) {
        appendEscaped(text, special: textSpecials, to: &bytes)
    }

    static func appendEscapedAttribute(_ text: String, to bytes: inout [UInt8]) {
        appendEscaped(text, special: attributeSpecials, to: &bytes)
    }

    // Every special character is below 64, so that one word of bits tells them apart. Control
    // characters have no place in XML 1.0; a carriage return must be written as a reference, because
    // readers turn a plain one into a line feed, and attributes lose plain tabs and line feeds.
    private static let controls: UInt64 = 0xFFFF_FFFF
    private static let markup: UInt64 = bit("&") | bit("<") | bit(">")
    private static let textSpecials = (controls & ~(bit("\t") | bit("\n"))) | markup
    private static let attributeSpecials = controls | markup | bit("'") | bit("\"")

    private static func bit(_ scalar: Unicode.Scalar) -> UInt64 { 1 << UInt64(scalar.value) }

    private static func appendEscaped(_ text: String, special: UInt64, to bytes: inout [UInt8]) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { buffer in
            appendEscaped(buffer, special: special, to: &bytes)
        }
        if done == nil {
            Array(text.utf8).withUnsafeBufferPointer { buffer in
                appendEscaped(buffer, special: special, to: &bytes)
            }
        }
    }

    private static func appendEscaped(
        _ buffer: UnsafeBufferPointer<UInt8>, special: UInt64, to bytes: inout [UInt8]
    ) {
        var runStart = 0
        var index = 0
        while index < buffer.count {
            let byte = buffer[index]
            if byte < 64 && special & (1 << UInt64(byte)) != 0 {
                bytes.append(contentsOf: buffer[runStart..<index])
                append(reference(for: byte), to: &bytes)
                runStart = index + 1
            } else if byte == 0xEF && isNoncharacter(buffer, at: index) {
                bytes.append(contentsOf: buffer[runStart..<index])
                append("\u{FFFD}", to: &bytes)
                index += 2
                runStart = index + 1
            }
            index += 1
        }
        bytes.append(contentsOf: buffer[runStart...])
    }

    private static func reference(for byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "&"): return "&amp;"
        case UInt8(ascii: "<"): return "&lt;"
        case UInt8(ascii: ">"): return "&gt;"
        case UInt8(ascii: "'"): return "&apos;"
        case UInt8(ascii: "\""): return "&quot;"
        case UInt8(ascii: "\t"): return "&#9;"
        case UInt8(ascii: "\n"): return "&#10;"
        case UInt8(ascii: "\r"): return "&#13;"
        default: return "\u{FFFD}"
        }
    }

    /// U+FFFE and U+FFFF: valid UTF-8, but no XML characters.
    private static func isNoncharacter(_ buffer: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        index + 2 < buffer.count && buffer[index + 1] == 0xBF && buffer[index + 2] >= 0xBE
    }
}
