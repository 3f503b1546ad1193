/// A node of personal eventing as it is kept (XEP-0163).
package struct PubSubNodeRow: Sendable {
    package let id: Int64
    /// Name, configuration and members, encoded by the relay.
    package let settings: [UInt8]
}

/// An item of a node without its payload, which is read when somebody asks for it.
package struct PubSubItemRow: Sendable {
    package let id: Int64
    package let node: Int64
    package let name: String
    /// Bytes of the payload.
    package let size: Int
}

extension PayloadCipher {
    /// Apart from the rows of `payload` (their ids) and of `vcard` (negative).
    private static func place(_ id: Int64) -> Int64 { id ^ (1 << 62) }

    func sealPubSub(_ plain: [UInt8], _ id: Int64) -> [UInt8] { seal(plain, row: Self.place(id)) }

    func openPubSub(_ sealed: [UInt8], _ id: Int64) throws(StorageError) -> [UInt8] {
        try open(sealed, row: Self.place(id))
    }
}

extension Store {
    /// The first id that no row of personal eventing or private XML has had.
    package func nextPubSubID() throws(StorageError) -> Int64 {
        var highest: Int64 = 0
        for table in ["pubsub_node", "pubsub_item", "private_xml"] {
            let given = try reader.first("SELECT seq FROM sqlite_sequence WHERE name=?", .text(table)) {
                $0.int64(0)
            }
            highest = max(highest, given ?? 0)
        }
        return highest + 1
    }

    package func pubSubNodes(of account: Int64) throws(StorageError) -> [PubSubNodeRow] {
        let cipher = cipher
        return try reader.rows(
            "SELECT id, settings FROM pubsub_node WHERE account=? ORDER BY id", .integer(account)
        ) {
            row throws(StorageError) in
            PubSubNodeRow(id: row.int64(0), settings: try cipher.openPubSub(row.blob(1), row.int64(0)))
        }
    }

    /// Oldest publication first.
    package func pubSubItems(of account: Int64) throws(StorageError) -> [PubSubItemRow] {
        let cipher = cipher
        return try reader.rows(
            "SELECT id, node, size, name FROM pubsub_item WHERE account=? ORDER BY id", .integer(account)
        ) { row throws(StorageError) in
            PubSubItemRow(
                id: row.int64(0), node: row.int64(1),
                name: String(decoding: try cipher.openPubSub(row.blob(3), row.int64(0)), as: UTF8.self),
                size: row.int(2))
        }
    }

    /// The payload of an item, or nil when it is gone.
    package func pubSubPayload(_ id: Int64) throws(StorageError) -> [UInt8]? {
        guard
            let sealed = try reader.first(
                "SELECT payload FROM pubsub_item WHERE id=?", .integer(id), make: { $0.blob(0) })
        else { return nil }
        return try cipher.openPubSub(sealed, id)
    }

    // MARK: Writing

    /// What one change of a node writes, in one transaction.
    package struct PubSubChange: Sendable {
        package let account: Int64
        package let node: Int64
        /// Encoded settings, when they are new.
        package var settings: [UInt8]?
        package var published: (id: Int64, name: String, payload: [UInt8])?
        package var removedItems: [Int64] = []
        package var removesNode = false

        package init(account: Int64, node: Int64) {
            self.account = account
            self.node = node
        }
    }

    package func write(_ change: PubSubChange, then done: @escaping Journal.Completion) {
        let cipher = cipher
        journal.commit({ try $0.write(change, cipher) }, then: done)
    }
}

extension Database {
    func write(_ change: Store.PubSubChange, _ cipher: PayloadCipher) throws(StorageError) {
        if let settings = change.settings {
            try run(
                "INSERT OR REPLACE INTO pubsub_node (id, account, settings) VALUES (?,?,?)",
                .integer(change.node),
                .integer(change.account), .blob(cipher.sealPubSub(settings, change.node)))
        }
        for id in change.removedItems { try run("DELETE FROM pubsub_item WHERE id=?", .integer(id)) }
        if let item = change.published {
            try run(
                "INSERT INTO pubsub_item (id, account, node, size, name, payload) VALUES (?,?,?,?,?,?)",
                .integer(item.id), .integer(change.account), .integer(change.node), .int(item.payload.count),
                .blob(cipher.sealPubSub(Array(item.name.utf8), item.id)),
                .blob(cipher.sealPubSub(item.payload, item.id)))
        }
        if change.removesNode { try run("DELETE FROM pubsub_node WHERE id=?", .integer(change.node)) }
    }

    /// Everything of a removed account.
    func removePubSub(account: Int64) throws(StorageError) {
        try run("DELETE FROM pubsub_item WHERE account=?", .integer(account))
        try run("DELETE FROM pubsub_node WHERE account=?", .integer(account))
        try run("DELETE FROM private_xml WHERE account=?", .integer(account))
    }
}
