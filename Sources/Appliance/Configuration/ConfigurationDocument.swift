import TOMLKit

/// A value of the file as plain Swift data, so that nothing of the parser's memory is kept.
enum ConfigurationValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([ConfigurationValue])
    case table([String: ConfigurationValue])
    /// A kind that no key of ours takes, by its name.
    case other(String)

    /// With its article, for messages.
    var kind: String {
        switch self {
        case .string: "a text"
        case .integer: "a number"
        case .boolean: "true or false"
        case .array: "a list"
        case .table: "a table"
        case .other(let name): "a \(name)"
        }
    }
}

/// A parsed file together with the place of everything in it.
struct ConfigurationDocument: Sendable {
    let file: String
    let root: [String: ConfigurationValue]
    let outline: ConfigurationOutline

    /// No configuration of a box is larger, bytes.
    static let sizeLimit = 1 << 20
    /// Tables and lists inside each other.
    static let depthLimit = 8

    init(_ text: String, file: String) throws(ConfigurationError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.sizeLimit else {
            throw ConfigurationError(file: file, reason: "larger than \(ByteSize(bytes: Self.sizeLimit))")
        }
        // The parser takes a C string: what follows a NUL would silently not count.
        if let end = bytes.firstIndex(of: 0) {
            let line = bytes[..<end].count { $0 == UInt8(ascii: "\n") } + 1
            throw ConfigurationError(file: file, line: line, reason: "a NUL byte")
        }
        self.file = file
        outline = ConfigurationOutline(bytes, depthLimit: Self.depthLimit)
        if let hazard = outline.hazard {
            // A mistake before it is the one to report.
            _ = try Self.parse(String(decoding: bytes[..<hazard.start], as: UTF8.self), file: file)
            throw ConfigurationError(file: file, line: hazard.line, reason: hazard.reason)
        }
        root = try Self.parse(text, file: file)
    }

    func error(at path: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: outline.lines[path], reason: reason)
    }

    private static func parse(
        _ text: String, file: String
    ) throws(ConfigurationError) -> [String: ConfigurationValue] {
        do {
            let table = try TOMLTable(string: text)
            return try withExtendedLifetime(table) { try plain(table, depth: depthLimit) }
        } catch let error as TOMLParseError {
            throw ConfigurationError(
                file: file, line: error.source.begin.line, reason: error.description)
        } catch {
            throw ConfigurationError(file: file, reason: "tables inside tables too deep")
        }
    }

    private struct TooDeep: Error {}

    private static func plain(
        _ table: TOMLTable, depth: Int
    ) throws -> [String: ConfigurationValue] {
        guard depth > 0 else { throw TooDeep() }
        var values: [String: ConfigurationValue] = [:]
        for (key, value) in table { values[key] = try plain(value, depth: depth - 1) }
        return values
    }

    private static func plain(
        _ value: any TOMLValueConvertible, depth: Int
    ) throws -> ConfigurationValue {
        guard depth > 0 else { throw TooDeep() }
        if let table = value.table { return .table(try plain(table, depth: depth)) }
        if let array = value.array {
            return .array(try array.map { try plain($0, depth: depth - 1) })
        }
        switch value.type {
        case .string: return value.string.map { .string($0) } ?? .other("text")
        case .int: return value.int.map { .integer($0) } ?? .other("number")
        case .bool: return value.bool.map { .boolean($0) } ?? .other("boolean")
        default: return .other("\(value.type)")
        }
    }
}
