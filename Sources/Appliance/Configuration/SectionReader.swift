/// Reads the keys of one table; every refusal names the key and its line.
struct SectionReader {
    let document: ConfigurationDocument
    /// As in `ConfigurationOutline`; empty for the top of the file.
    let path: String
    let table: [String: ConfigurationValue]

    /// The whole file.
    init(_ document: ConfigurationDocument) {
        self.init(document: document, path: "", table: document.root)
    }

    private init(document: ConfigurationDocument, path: String, table: [String: ConfigurationValue]) {
        self.document = document
        self.path = path
        self.table = table
    }

    /// Refuses every key that is not in `known`, the one first in the file before the others.
    func allowOnly(_ known: [String]) throws(ConfigurationError) {
        let unknown = table.keys.filter { !known.contains($0) }
        let first = unknown.min { (line(of: $0), $0) < (line(of: $1), $1) }
        guard let key = first else { return }
        if path.isEmpty, key == "federation" {
            throw error(
                key, "[[federation]]: federation is not supported by this version; remove the section")
        }
        let kind = path.isEmpty && isTable(key) ? "section" : "key"
        let suggestion = Self.nearest(to: key, among: known).map { "; did you mean '\($0)'?" } ?? ""
        throw error(key, "unknown \(kind) '\(key)' \(place)\(suggestion)")
    }

    func string(_ key: String) throws(ConfigurationError) -> String? {
        guard let value = table[key] else { return nil }
        guard case .string(let text) = value else { throw wrong(key, value, "a text in quotes") }
        return text
    }

    func boolean(_ key: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
        guard let value = table[key] else { return fallback }
        guard case .boolean(let flag) = value else { throw wrong(key, value, "true or false") }
        return flag
    }

    func integer(
        _ key: String, in range: ClosedRange<Int>, default fallback: Int
    ) throws(ConfigurationError) -> Int {
        guard let value = table[key] else { return fallback }
        guard case .integer(let number) = value else { throw wrong(key, value, "a whole number") }
        guard range.contains(number) else {
            throw must(key, "from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func strings(_ key: String) throws(ConfigurationError) -> [String]? {
        guard let value = table[key] else { return nil }
        guard case .array(let elements) = value else { throw wrong(key, value, "a list of texts") }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            guard case .string(let text) = element else {
                throw wrong(key, element, "a list of texts", at: "\(full(key))[\(index)]")
            }
            texts.append(text)
        }
        return texts
    }

    /// A text with a meaning of its own, such as a size.
    func value<Value>(
        _ key: String, default fallback: Value, _ read: (String) throws(InvalidText) -> Value
    ) throws(ConfigurationError) -> Value {
        guard let text = try string(key) else { return fallback }
        do { return try read(text) } catch { throw must(key, error.reason) }
    }

    /// A size, time or other ordered value within limits.
    func value<Value: Comparable & CustomStringConvertible>(
        _ key: String, in range: ClosedRange<Value>, default fallback: Value,
        _ read: (String) throws(InvalidText) -> Value
    ) throws(ConfigurationError) -> Value {
        let value = try value(key, default: fallback, read)
        guard range.contains(value) else {
            throw must(key, "from \"\(range.lowerBound)\" to \"\(range.upperBound)\"")
        }
        return value
    }

    /// The same, where it means something that nothing is said.
    func optional<Value: Comparable & CustomStringConvertible>(
        _ key: String, in range: ClosedRange<Value>, _ read: (String) throws(InvalidText) -> Value
    ) throws(ConfigurationError) -> Value? {
        guard try string(key) != nil else { return nil }
        return try value(key, in: range, default: range.lowerBound, read)
    }

    /// A table below this one; an absent one reads as empty.
    func section(_ key: String) throws(ConfigurationError) -> SectionReader {
        guard let value = table[key] else {
            return SectionReader(document: document, path: full(key), table: [:])
        }
        guard case .table(let inner) = value else { throw wrong(key, value, "a table: [\(key)]") }
        return SectionReader(document: document, path: full(key), table: inner)
    }

    /// The elements of an array of tables, with their indexes in their paths.
    func sections(_ key: String) throws(ConfigurationError) -> [SectionReader] {
        guard let value = table[key] else { return [] }
        guard case .array(let elements) = value else {
            throw wrong(key, value, "written with double brackets: [[\(key)]]")
        }
        var readers: [SectionReader] = []
        for (index, element) in elements.enumerated() {
            let path = "\(full(key))[\(index)]"
            guard case .table(let inner) = element else {
                throw wrong(key, element, "written as [[\(key)]]", at: path)
            }
            readers.append(SectionReader(document: document, path: path, table: inner))
        }
        return readers
    }

    func error(_ key: String, _ reason: String) -> ConfigurationError {
        document.error(at: full(key), reason)
    }

    func must(_ key: String, _ what: String) -> ConfigurationError {
        error(key, "'\(key)' \(place) must be \(what)")
    }

    /// A key that has to be there and is not; the line is that of its section.
    func missing(_ key: String) -> ConfigurationError {
        document.error(at: path, "'\(key)' is missing \(place)")
    }

    private func wrong(
        _ key: String, _ value: ConfigurationValue, _ wanted: String, at path: String? = nil
    ) -> ConfigurationError {
        document.error(
            at: path ?? full(key), "'\(key)' \(place) must be \(wanted), not \(value.kind)")
    }

    private var place: String {
        if path.isEmpty { return "at the top level" }
        guard path.hasSuffix("]") else { return "in [\(path)]" }
        return "in [[\(path.prefix { $0 != "[" })]]"
    }

    private func full(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    private func line(of key: String) -> Int { document.outline.lines[full(key)] ?? .max }

    private func isTable(_ key: String) -> Bool {
        switch table[key] {
        case .table, .array: true
        default: false
        }
    }

    /// The known key that takes the fewest edits, if they are at most half of it.
    static func nearest(to key: String, among known: [String]) -> String? {
        guard key.count <= 64 else { return nil }
        let ranked = known.map { (distance: editDistance(key, $0), key: $0) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, best.key.count / 2) ? best.key : nil
    }

    private static func editDistance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substituted = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
