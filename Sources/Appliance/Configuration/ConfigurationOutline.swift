/// Where everything stands in a configuration file: the line of each key and the bytes of each
/// value. The parser gives positions for syntax errors only, and an edit must know the bytes.
///
/// Takes any bytes. Of text that is no TOML it is right up to the first mistake.
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
    /// What the parser must not be shown, and where: it stops the whole process at a header without
    /// a name (`[=]`) and at a brace in a list (`[}`), and goes as deep into lists as they go.
    /// `start`: where the statement with it begins; what is before can be parsed.
    private(set) var hazard: (line: Int, start: Int, reason: String)?

    private let text: [UInt8]
    private var position = 0
    private var line = 1
    private var depth: Int
    /// Where the line of the current header or top-level key begins.
    private var statement = 0
    private var arrayCounts: [String: Int] = [:]

    /// `depthLimit`: lists and inline tables inside each other.
    init(_ text: [UInt8], depthLimit: Int) {
        self.text = text
        depth = depthLimit
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }  // byte order mark
        scan()
    }

    private mutating func scan() {
        var prefix = ""
        while true {
            skipBlank()
            guard let byte = current else { return }
            let start = lineStart(position)
            statement = start
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
        skipSpaces()
        let isArray = current == UInt8(ascii: "[")
        if isArray { advance() }
        skipSpaces()
        if let byte = current, !Self.beginsKey(byte) {
            stop("a section's name is missing after '['", line: number)
        }
        var path = ""
        let parts = dottedKey()
        for (index, part) in parts.enumerated() {
            path = join(path, part)
            if isArray, index == parts.count - 1 {
                let count = arrayCounts[path, default: 0]
                arrayCounts[path] = count + 1
                lines[path] = lines[path] ?? number
                path += "[\(count)]"
            } else if let count = arrayCounts[path] {
                path += "[\(count - 1)]"
            }
            lines[path] = lines[path] ?? number
        }
        while let byte = current, byte == UInt8(ascii: "]") { advance() }
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
        guard depth > 0 else { return stop("lists or tables inside each other too deep", line: line) }
        depth -= 1
        defer { depth += 1 }
        advance()
        var index = 0
        while true {
            skipBlank()
            guard let byte = current else { return }
            if byte == end {
                advance()
                return
            }
            if byte == UInt8(ascii: "}") {
                return stop("a value is missing before '}'", line: line)
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

    private mutating func skipSpaces() {
        while let byte = current, byte == 0x20 || byte == 0x09 { advance() }
    }

    /// Ends the scan at something that the parser must not see.
    private mutating func stop(_ reason: String, line: Int) {
        guard hazard == nil else { return }
        hazard = (line, statement, reason)
        position = text.count
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

    private static func beginsKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-_\"'".utf8.contains(byte)
        }
    }

    private static let endsBareKey: Set<UInt8> = Set(" \t\r\n.=]}#,\"'".utf8)
    private static let endsBareValue: Set<UInt8> = Set(",]}#\n".utf8)
}
