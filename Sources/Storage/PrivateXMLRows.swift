/// One element that a client keeps with the server (XEP-0049).
package struct PrivateXMLRow: Sendable {
    package let id: Int64
    /// The element as XML.
    package let element: [UInt8]

    package init(id: Int64, element: [UInt8]) {
        self.id = id
        self.element = element
    }
}

extension Store {
    package func privateXML(of account: Int64) throws(StorageError) -> [PrivateXMLRow] {
        let cipher = cipher
        return try reader.rows(
            "SELECT id, element FROM private_xml WHERE account=? ORDER BY id", .integer(account)
        ) {
            row throws(StorageError) in
            PrivateXMLRow(id: row.int64(0), element: try cipher.openPubSub(row.blob(1), row.int64(0)))
        }
    }

    /// Writes new elements and removes those that they replace, in one transaction.
    package func writePrivateXML(
        account: Int64, added: [PrivateXMLRow], removed: [Int64], then done: @escaping Journal.Completion
    ) {
        let cipher = cipher
        journal.commit(
            { database in
                for id in removed { try database.run("DELETE FROM private_xml WHERE id=?", .integer(id)) }
                for row in added {
                    try database.run(
                        "INSERT INTO private_xml (id, account, element) VALUES (?,?,?)", .integer(row.id),
                        .integer(account), .blob(cipher.sealPubSub(row.element, row.id)))
                }
            }, then: done)
    }
}
