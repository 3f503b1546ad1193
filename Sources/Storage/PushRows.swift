/// One registration of an app server.
package struct PushRow: Sendable {
    package let id: Int64
    package let account: Int64
    /// The client's `<enable/>` as XML.
    package let detail: [UInt8]

    package init(id: Int64, account: Int64, detail: [UInt8]) {
        self.id = id
        self.account = account
        self.detail = detail
    }
}

extension Store {
    /// Every registration, the oldest first.
    package func pushRows() throws(StorageError) -> [PushRow] {
        let cipher = cipher
        return try reader.rows("SELECT id, account, detail FROM push ORDER BY id") {
            row throws(StorageError) in
            let id = row.int64(0)
            return PushRow(id: id, account: row.int64(1), detail: try cipher.open(row.blob(2), row: id))
        }
    }

    /// Removes registrations and adds one, in one transaction.
    package func writePush(
        added: PushRow?, removed: [Int64], then done: @escaping Journal.Completion = { _ in }
    ) {
        let sealed = added.map { ($0.id, $0.account, cipher.seal($0.detail, row: $0.id)) }
        journal.commit(
            { database in
                for id in removed { try database.run("DELETE FROM push WHERE id=?", .integer(id)) }
                guard let (id, account, detail) = sealed else { return }
                try database.run(
                    "INSERT INTO push (id, account, detail) VALUES (?,?,?)", .integer(id),
                    .integer(account), .blob(detail))
            }, then: done)
    }
}
