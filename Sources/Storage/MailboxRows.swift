internal import Bundles

extension Database {
    /// Ids of the account's incoming entries that a client has acknowledged or read.
    func acknowledgedEntries(account: Int64) throws(StorageError) -> RangeSet {
        let found = try first("SELECT acknowledged FROM mailbox WHERE account=?", .integer(account)) {
            row throws(StorageError) in try RangeSet(stored: row.blob(0))
        }
        return found ?? RangeSet()
    }

    func putAcknowledgedEntries(_ encoded: [UInt8], account: Int64) throws(StorageError) {
        try run(
            "INSERT OR REPLACE INTO mailbox (account, acknowledged) VALUES (?,?)", .integer(account),
            .blob(encoded))
    }

    /// Incoming entries above `floor`, oldest first.
    func incomingEntries(account: Int64, above floor: Int64, limit: Int) throws(StorageError) -> [Int64] {
        try rows(
            "SELECT id FROM archive WHERE account=? AND id>? AND flags&1 ORDER BY id LIMIT ?",
            .integer(account), .integer(floor), .int(limit)
        ) { $0.int64(0) }
    }
}
