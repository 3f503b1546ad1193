/// A person's account on this box.
package struct Account: Sendable, Equatable {
    package let id: Int64
    package let localpart: String
    package var admin: Bool
    package var disabled: Bool
    /// Encoded SCRAM credentials: iterations 4 bytes, salt length 1, salt, stored key, server key.
    package var scramSHA1: [UInt8]
    package var scramSHA256: [UInt8]
    package var rosterVersion: Int
    /// Milliseconds since 1970.
    package let created: UInt64
    /// The part of the office that it belongs to; a group of the shared roster.
    package var section: String?
}

extension Database {
    package func accounts() throws(StorageError) -> [Account] {
        try rows(
            """
            SELECT id, localpart, admin, disabled, scram_sha1, scram_sha256, roster_version, created, section
            FROM account ORDER BY localpart
            """
        ) { row in
            Account(
                id: row.int64(0), localpart: row.text(1), admin: row.flag(2), disabled: row.flag(3),
                scramSHA1: row.blob(4), scramSHA256: row.blob(5), rosterVersion: row.int(6),
                created: row.uint64(7), section: row.isNull(8) ? nil : row.text(8))
        }
    }

    package func insert(_ account: Account) throws(StorageError) {
        try run(
            """
            INSERT INTO account
            (id, localpart, admin, disabled, created, scram_sha1, scram_sha256, roster_version, section)
            VALUES (?,?,?,?,?,?,?,?,?)
            """,
            .integer(account.id), .text(account.localpart), .flag(account.admin), .flag(account.disabled),
            .int(account.created), .blob(account.scramSHA1), .blob(account.scramSHA256),
            .int(account.rosterVersion), .optional(account.section))
    }

    package func setPassword(account: Int64, sha1: [UInt8], sha256: [UInt8]) throws(StorageError) {
        try run(
            "UPDATE account SET scram_sha1=?, scram_sha256=? WHERE id=?", .blob(sha1), .blob(sha256),
            .integer(account))
        try removeTokens(account: account)
    }

    /// Removes the account and everything that belongs to it alone.
    package func removeAccount(_ id: Int64) throws(StorageError) {
        try run(
            "UPDATE payload SET archived=archived-1 WHERE id IN (SELECT id FROM archive WHERE account=?)",
            .integer(id))
        try run(
            """
            DELETE FROM payload WHERE id IN (SELECT id FROM archive WHERE account=?) AND archived=0
            AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id=payload.id)
            """, .integer(id))
        try run("DELETE FROM archive WHERE account=?", .integer(id))
        try run("DELETE FROM mailbox WHERE account=?", .integer(id))
        try run("DELETE FROM roster WHERE account=?", .integer(id))
        try run("DELETE FROM vcard WHERE account=?", .integer(id))
        try run("DELETE FROM directory WHERE account=?", .integer(id))
        try run("DELETE FROM upload WHERE account=?", .integer(id))
        try run("DELETE FROM stream_management WHERE account=?", .integer(id))
        try run("DELETE FROM push WHERE account=?", .integer(id))
        try run("DELETE FROM message_state WHERE account=?", .integer(id))
        try run("DELETE FROM block WHERE account=?", .integer(id))
        try removeTokens(account: id)
        try removePubSub(account: id)
        try run("DELETE FROM account WHERE id=?", .integer(id))
    }
}
