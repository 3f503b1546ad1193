/// One message in an account's archive.
package struct ArchiveEntry: Sendable, Equatable {
    package let id: Int64
    /// Milliseconds since 1970, of arrival at this box.
    package let time: UInt64
    package let incoming: Bool
    /// The stanza.
    package let bytes: [UInt8]
}

/// What to read of an archive (XEP-0313 §4, XEP-0059).
package struct ArchiveQuery: Sendable {
    package var with: Int64?
    /// Wall milliseconds, both inclusive.
    package var start: UInt64?
    package var end: UInt64?
    /// Exclusive entry ids.
    package var after: Int64?
    package var before: Int64?
    /// The last page instead of the first.
    package var backwards = false
    package var limit = 50

    package init() {}
}

extension Database {
    func insertPayload(_ id: Int64, _ sealed: [UInt8], archived: Int) throws(StorageError) {
        try run(
            "INSERT INTO payload (id, archived, bytes) VALUES (?,?,?)", .integer(id), .int(archived),
            .blob(sealed))
    }

    func insertArchive(
        account: Int64, id: Int64, peer: Int64, time: UInt64, incoming: Bool
    ) throws(StorageError) {
        try run(
            "INSERT INTO archive (account, id, peer, time, flags) VALUES (?,?,?,?,?)", .integer(account),
            .integer(id), .integer(peer), .int(time), .flag(incoming))
    }

    /// At most `limit + 1` entries, in the order of reading; the one too many tells that there are more.
    func archivePage(account: Int64, _ query: ArchiveQuery) throws(StorageError) -> [ArchiveEntry] {
        let order = query.backwards ? "DESC" : "ASC"
        return try rows(
            """
            SELECT archive.id, time, flags, bytes FROM archive JOIN payload ON payload.id=archive.id
            WHERE account=?1 AND archive.id>?2 AND archive.id<?3 AND time>=?4 AND time<=?5
            AND (?6 IS NULL OR peer=?6) ORDER BY archive.id \(order) LIMIT ?7
            """,
            .integer(account), .integer(query.after ?? 0), .integer(query.before ?? .max),
            .integer(Int64(clamping: query.start ?? 0)),
            .integer(query.end.map { Int64(clamping: $0) } ?? .max),
            query.with.map { .integer($0) } ?? .null, .int(query.limit + 1)
        ) { row in
            ArchiveEntry(
                id: row.int64(0), time: row.uint64(1), incoming: row.flag(2), bytes: row.blob(3))
        }
    }

    /// Wall milliseconds of the newest entry of all archives, of people and rooms, 0 when there is none.
    func newestArchiveTime() throws(StorageError) -> UInt64 {
        try first(
            """
            SELECT max(
                coalesce((SELECT max((SELECT time FROM archive WHERE archive.account=account.id
                    ORDER BY archive.id DESC LIMIT 1)) FROM account), 0),
                coalesce((SELECT max((SELECT time FROM room_archive WHERE room_archive.room=room.id
                    ORDER BY room_archive.id DESC LIMIT 1)) FROM room), 0))
            """
        ) { $0.uint64(0) } ?? 0
    }

    func archiveEntry(account: Int64, id: Int64) throws(StorageError) -> ArchiveEntry? {
        try first(
            """
            SELECT archive.id, time, flags, bytes FROM archive JOIN payload ON payload.id=archive.id
            WHERE account=? AND archive.id=?
            """, .integer(account), .integer(id)
        ) { row in
            ArchiveEntry(
                id: row.int64(0), time: row.uint64(1), incoming: row.flag(2), bytes: row.blob(3))
        }
    }

    /// The first and last entry, for XEP-0313 §5 metadata.
    func archiveEnds(account: Int64) throws(StorageError) -> (first: (Int64, UInt64), last: (Int64, UInt64))?
    {
        func end(_ order: String) throws(StorageError) -> (Int64, UInt64)? {
            try first(
                "SELECT id, time FROM archive WHERE account=? ORDER BY id \(order) LIMIT 1", .integer(account)
            ) { ($0.int64(0), $0.uint64(1)) }
        }
        guard let first = try end("ASC"), let last = try end("DESC") else { return nil }
        return (first, last)
    }
}
