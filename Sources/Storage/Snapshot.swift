/// A copy of a database at one moment, made while the box goes on writing.
package enum Snapshot {
    /// Writes it to `copy`, which must not exist. Whoever opens the copy is a new store, so that peers
    /// notice, and knows at what time it was made (`Store.restoredFrom`).
    /// - Parameter now: wall milliseconds.
    package static func write(of path: String, to copy: String, now: UInt64) throws(StorageError) {
        do {
            let database = try Database(path: path, writing: true)
            try database.run("VACUUM INTO ?", .text(copy))
        }
        let database = try Database(path: copy, writing: true)
        try database.transaction { database in
            try database.run("DELETE FROM meta WHERE key IN ('store', 'last-backup')")
            try database.setMeta("restored-from", .int(now))
        }
        // One file, which is copied as it is.
        try database.execute("PRAGMA journal_mode=DELETE")
    }

    /// Throws when the file is no sound database of a box, or of a newer program.
    package static func check(_ path: String) throws(StorageError) {
        let database = try Database(path: path, writing: true)
        let complaint = try database.first("PRAGMA quick_check(1)") { $0.text(0) } ?? "nothing in it"
        guard complaint == "ok" else { throw StorageError.damaged(complaint) }
        try Schema.checkVersion(database)
        try database.execute("PRAGMA journal_mode=DELETE")
    }
}
