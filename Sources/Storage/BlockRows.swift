/// Whom an account has blocked (XEP-0191).
enum BlockSchema {
    static let first = """
        CREATE TABLE block (
            account INTEGER NOT NULL, jid TEXT NOT NULL, PRIMARY KEY (account, jid)
        ) WITHOUT ROWID;
        """
}

extension Database {
    package func blocked(by account: Int64) throws(StorageError) -> [String] {
        try rows("SELECT jid FROM block WHERE account=? ORDER BY jid", .integer(account)) { $0.text(0) }
    }

    package func block(_ jids: [String], account: Int64) throws(StorageError) {
        for jid in jids {
            try run("INSERT OR IGNORE INTO block (account, jid) VALUES (?,?)", .integer(account), .text(jid))
        }
    }

    package func unblock(_ jids: [String], account: Int64) throws(StorageError) {
        for jid in jids {
            try run("DELETE FROM block WHERE account=? AND jid=?", .integer(account), .text(jid))
        }
    }
}
