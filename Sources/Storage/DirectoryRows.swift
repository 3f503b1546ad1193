/// What the directory shows of somebody besides the address: out of their contact card.
package struct DirectoryRow: Sendable, Equatable {
    package let account: Int64
    /// Empty when the card has none.
    package var name: String
    /// The person does not want to be in the directory.
    package var isHidden: Bool

    package init(account: Int64, name: String, isHidden: Bool) {
        self.account = account
        self.name = name
        self.isHidden = isHidden
    }
}

enum DirectorySchema {
    /// Names out of contact cards, for the directory; sealed: a flag, the name.
    static let table = """
        CREATE TABLE directory (account INTEGER PRIMARY KEY, entry BLOB NOT NULL);
        """
}

extension Store {
    /// Rows of this table are bound to the account; bit 60 keeps them apart from others.
    private static func place(_ account: Int64) -> Int64 { account | 1 << 60 }

    package func directoryRows() throws(StorageError) -> [DirectoryRow] {
        let cipher = cipher
        return try reader.rows("SELECT account, entry FROM directory") { row throws(StorageError) in
            let account = row.int64(0)
            let plain = try cipher.open(row.blob(1), row: Self.place(account))
            return DirectoryRow(
                account: account, name: String(decoding: plain.dropFirst(), as: UTF8.self),
                isHidden: plain.first == 1)
        }
    }

    package func put(_ row: DirectoryRow, then done: @escaping Journal.Completion) {
        let sealed = cipher.seal([row.isHidden ? 1 : 0] + Array(row.name.utf8), row: Self.place(row.account))
        journal.commit(
            { database in
                try database.run(
                    "INSERT OR REPLACE INTO directory (account, entry) VALUES (?,?)", .integer(row.account),
                    .blob(sealed))
            }, then: done)
    }
}
