/// Where everything stands in a configuration file: the line of each key and the bytes of each
/// value. The parser gives positions for syntax errors only, and an edit must know the bytes.
///
/// Made from text that TOMLKit has accepted; of other text it is merely incomplete.
struct ConfigurationOutline: Sendable {
    /// A `[table]` or `[[array of tables]]` of the file.
    struct Section: Sendable {
        /// As in `lines`; an element of an array of tables has its index: `peers[0]`.
        var path: String
        /// From the first byte of the header's line to behind the line end of its last entry.
        var bytes: Range<Int>
    }

    /// Line of each key and table, from 1, by path: `box.name`, `peers[1].card`.
    private(set) var lines: [String: Int] = [:]
    /// Bytes of each value, by the same paths.
    private(set) var values: [String: Range<Int>] = [:]
    private(set) var sections: [Section] = []

    private let text: [UInt8]
    private var position = 0
    private var line = 1
    private var arrayCounts: [String: Int] = [:]

    init(_ text: [UInt8]) {
        self.text = text
        scan()
    }

    private mutating func scan() {
        var prefix = ""
        while true {
            skipBlank()
            guard let byte = current else { return }
            let start = lineStart(position)
            if byte == UInt8(ascii: "[") {
                prefix = header()
                sections.append(Section(path: prefix, bytes: start..<lineEnd(position)))
            } else {
                let before = position
                entry(in: prefix)
                if !sections.isEmpty {
                    let begin = sections[sections.count - 1].bytes.lowerBound
                    sections[sections.count - 1].bytes = begin..<lineEnd(position)
                }
                if position == before { advance() }  // not TOML: go on somehow
            }
        }
    }

    /// `[a.b]` or `[[a.b]]`; answers its path.
    private mutating func header() -> String {
        let number = line
        advance()
        let isArray = current == UInt8(ascii: "[")
        if isArray { advance() }
        var path = ""
        let parts = dottedKey()
        for (index, part) in parts.enumerated() {
            path = join(path, part)
            if isArray, index == parts.count - 1 {
                let count = arrayCounts[path, default: 0]
                arrayCounts[path] = count + 1
                if count == 0 { lines[path] = number }
                path += "[\(count)]"
            } else if let count = arrayCounts[path] {
                path += "[\(count - 1)]"
            }
        }
        while let byte = current, byte == UInt8(ascii: "]") { advance() }
        lines[path] = lines[path] ?? number
        return path
    }

    /// `key = value`, inside a table or an inline table.
    private mutating func entry(in prefix: String) {
        let number = line
        var path = prefix
        for part in dottedKey() {
            path = join(path, part)
            lines[path] = lines[path] ?? number
        }
        skipBlank()
        guard current == UInt8(ascii: "=") else { return }
        advance()
        skipBlank()
        let start = position
        value(at: path)
        values[path] = start..<position
    }

    private mutating func value(at path: String) {
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = string()
        case UInt8(ascii: "["):
            list(until: UInt8(ascii: "]")) { outline, index in
                let element = path + "[\(index)]"
                outline.lines[element] = outline.line
                outline.value(at: element)
            }
        case UInt8(ascii: "{"):
            list(until: UInt8(ascii: "}")) { outline, _ in outline.entry(in: path) }
        default:
            while let byte = current, !Self.endsBareValue.contains(byte) { advance() }
        }
    }

    private mutating func list(until end: UInt8, element: (inout Self, Int) -> Void) {
        advance()
        var index = 0
        while true {
            skipBlank()
            guard let byte = current else { return }
            if byte == end {
                advance()
                return
            }
            let before = position
            if byte != UInt8(ascii: ",") {
                element(&self, index)
                index += 1
            }
            if position == before { advance() }
        }
    }

    private mutating func dottedKey() -> [String] {
        var parts: [String] = []
        while true {
            skipBlank()
            guard let byte = current else { return parts }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                parts.append(string())
            } else {
                let start = position
                while let byte = current, !Self.endsBareKey.contains(byte) { advance() }
                guard position > start else { return parts }
                parts.append(String(decoding: text[start..<position], as: UTF8.self))
            }
            skipBlank()
            guard current == UInt8(ascii: ".") else { return parts }
            advance()
        }
    }

    /// One of TOML's four kinds of strings; answers what is between the quotes, escapes untouched.
    private mutating func string() -> String {
        guard let quote = current else { return "" }
        let isLong = text[position...].starts(with: [quote, quote, quote])
        let width = isLong ? 3 : 1
        for _ in 0..<width { advance() }
        let start = position
        while let byte = current {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                advance()
            } else if text[position...].starts(with: repeatElement(quote, count: width)) {
                break
            }
            advance()
        }
        let content = String(decoding: text[start..<position], as: UTF8.self)
        // A long string may end with up to two quotes of its own before the three.
        let limit = isLong ? 5 : 1
        for _ in 0..<limit where current == quote { advance() }
        return content
    }

    private mutating func skipBlank() {
        while let byte = current {
            if byte == UInt8(ascii: "#") {
                while let byte = current, byte != UInt8(ascii: "\n") {
                    _ = byte
                    advance()
                }
            } else if [0x20, 0x09, 0x0D, 0x0A].contains(byte) {
                advance()
            } else {
                return
            }
        }
    }

    private var current: UInt8? { position < text.count ? text[position] : nil }

    private mutating func advance() {
        guard position < text.count else { return }
        if text[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private func lineStart(_ offset: Int) -> Int {
        (text[..<offset].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    }

    private func lineEnd(_ offset: Int) -> Int {
        guard let end = text[offset...].firstIndex(of: UInt8(ascii: "\n")) else { return text.count }
        return end + 1
    }

    private func join(_ prefix: String, _ key: String) -> String {
        prefix.isEmpty ? key : prefix + "." + key
    }

    private static let endsBareKey: Set<UInt8> = Set(" \t\r\n.=]}#,\"'".utf8)
    private static let endsBareValue: Set<UInt8> = Set(",]}#\n".utf8)
}
