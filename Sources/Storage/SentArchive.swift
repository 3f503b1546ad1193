/// A message that somebody of this office has sent, as their archive knows it.
package struct SentRow: Sendable {
    /// Of the payload.
    package let id: Int64
    /// Wall milliseconds of acceptance.
    package let time: UInt64
    /// The bare address, and its number.
    package let to: String
    package let recipient: Int64
    /// Of the stanza, bytes.
    package let size: Int
}

extension Database {
    /// What an account has sent since a time (wall milliseconds) and does not wait in the outbox, oldest first.
    package func sentArchive(
        account: Int64, after: Int64, since: UInt64, limit: Int
    ) throws(StorageError) -> [SentRow] {
        // Backwards from the newest: times never decrease with ids.
        let before = try first(
            "SELECT id FROM archive WHERE account=? AND time<? ORDER BY id DESC LIMIT 1", .integer(account),
            .int(since)
        ) { $0.int64(0) }
        return try rows(
            """
            SELECT archive.id, archive.time, jid.text, archive.peer, length(payload.bytes)
            FROM archive JOIN jid ON jid.id=archive.peer JOIN payload ON payload.id=archive.id
            WHERE archive.account=? AND archive.id>? AND archive.flags & 1=0
            AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id=archive.id)
            ORDER BY archive.id LIMIT ?
            """, .integer(account), .integer(max(after, before ?? 0)), .int(limit)
        ) { row in
            SentRow(
                id: row.int64(0), time: row.uint64(1), to: row.text(2), recipient: row.int64(3),
                size: max(0, row.int(4) - PayloadCipher.overhead))
        }
    }

    /// A parcel whose stanza is in an archive still.
    package func insertAgain(_ row: OutboxRow, peer: Int64) throws(StorageError) {
        let isThere = try first("SELECT 1 FROM payload WHERE id=?", .integer(row.id)) { _ in true } ?? false
        if isThere { try insertOutbox(row, peer: peer) }
    }
}
