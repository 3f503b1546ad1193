/// Type and name of a file, as they lie sealed in a row: the type, a line feed, the name.
struct FileDetail {
    let type: String
    let name: String

    init(type: String, name: String) {
        self.type = type
        self.name = name
    }

    init(_ bytes: [UInt8]) {
        let parts = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        type = String(parts.first ?? "")
        name = parts.count > 1 ? String(parts[1]) : ""
    }

    var bytes: [UInt8] { Array("\(type)\n\(name)".utf8) }
}
