internal import Bundles

extension Database {
    func metaInt(_ key: String) throws(StorageError) -> Int64? {
        try first("SELECT value FROM meta WHERE key=?", .text(key)) { $0.int64(0) }
    }

    func metaBlob(_ key: String) throws(StorageError) -> [UInt8]? {
        try first("SELECT value FROM meta WHERE key=?", .text(key)) { $0.blob(0) }
    }

    func setMeta(_ key: String, _ value: SQLValue) throws(StorageError) {
        try run("INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)", .text(key), value)
    }

    func highest(_ column: String, of table: String) throws(StorageError) -> Int64 {
        try first("SELECT max(\(column)) FROM \(table)") { $0.int64(0) } ?? 0
    }

    /// The highest id that a table with AUTOINCREMENT has held, removed rows included.
    func highestEver(of table: String) throws(StorageError) -> Int64 {
        try first("SELECT seq FROM sqlite_sequence WHERE name=?", .text(table)) { $0.int64(0) } ?? 0
    }
}
