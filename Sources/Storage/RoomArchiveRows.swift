package import Engine

/// One event in a room's archive.
package struct RoomArchiveEntry: Sendable, Equatable {
    package let id: Int64
    /// Milliseconds since 1970, of arrival at this box.
    package let time: UInt64
    /// The real bare JID of who said it; nil for the room itself.
    package let sender: String?
    /// The stanza, without an addressee.
    package let bytes: [UInt8]
}

extension KeptStanza {
    /// The row of a room's archive that refers to the stanza.
    package struct RoomReference: Sendable {
        package let room: Int64
        /// `jid.id` of the sender's real bare JID; 0 for the room itself.
        package let sender: Int64
        package let event: RoomEventName
        /// Whether it is shown to who enters: no subject, which is sent apart, and no receipt.
        package let isHistory: Bool

        package init(room: Int64, sender: Int64, event: RoomEventName, isHistory: Bool) {
            self.room = room
            self.sender = sender
            self.event = event
            self.isHistory = isHistory
        }
    }
}

extension Database {
    func insertRoomArchive(_ reference: KeptStanza.RoomReference, id: Int64, time: UInt64)
        throws(StorageError)
    {
        try run(
            """
            INSERT INTO room_archive (room, id, sender, time, origin, counter, hybrid, flags)
            VALUES (?,?,?,?,?,?,?,?)
            """, .integer(reference.room), .integer(id), .integer(reference.sender), .int(time),
            .int(reference.event.origin), .int(reference.event.counter), .int(reference.event.time),
            .flag(!reference.isHistory))
    }
}

extension Store {
    /// One page of a room's archive, oldest first, and whether it reaches the end in the direction of
    /// reading. `query.with` is not looked at.
    /// - Parameter historyOnly: leaves out what is not shown to who enters.
    package func roomArchivePage(
        room: Int64, _ query: ArchiveQuery, historyOnly: Bool = false
    ) throws(StorageError) -> (entries: [RoomArchiveEntry], complete: Bool) {
        let order = query.backwards ? "DESC" : "ASC"
        var found = try reader.rows(
            """
            SELECT room_archive.id, time, jid.text, bytes FROM room_archive
            JOIN payload ON payload.id=room_archive.id LEFT JOIN jid ON jid.id=sender
            WHERE room=?1 AND room_archive.id>?2 AND room_archive.id<?3 AND time>=?4 AND time<=?5
            AND flags<=?7
            ORDER BY room_archive.id \(order) LIMIT ?6
            """,
            .integer(room), .integer(query.after ?? 0), .integer(query.before ?? .max),
            .int(query.start ?? 0), .integer(query.end.map { Int64(clamping: $0) } ?? .max),
            .int(query.limit + 1), .flag(!historyOnly), make: Self.sealedEntry)
        let complete = found.count <= query.limit
        if !complete { found.removeLast() }
        if query.backwards { found.reverse() }
        var opened: [RoomArchiveEntry] = []
        for entry in found { opened.append(try open(entry)) }
        return (opened, complete)
    }

    package func roomArchiveEntry(room: Int64, id: Int64) throws(StorageError) -> RoomArchiveEntry? {
        let found = try reader.first(
            """
            SELECT room_archive.id, time, jid.text, bytes FROM room_archive
            JOIN payload ON payload.id=room_archive.id LEFT JOIN jid ON jid.id=sender
            WHERE room=? AND room_archive.id=?
            """, .integer(room), .integer(id), make: Self.sealedEntry)
        guard let found else { return nil }
        return try open(found)
    }

    /// The first and last entry, for the metadata of XEP-0313.
    package func roomArchiveEnds(
        room: Int64
    ) throws(StorageError) -> (first: (Int64, UInt64), last: (Int64, UInt64))? {
        func end(_ order: String) throws(StorageError) -> (Int64, UInt64)? {
            try reader.first(
                "SELECT id, time FROM room_archive WHERE room=? ORDER BY id \(order) LIMIT 1", .integer(room)
            ) { ($0.int64(0), $0.uint64(1)) }
        }
        guard let first = try end("ASC"), let last = try end("DESC") else { return nil }
        return (first, last)
    }

    /// Puts other bytes (a tombstone) in the place of what was said.
    package func replaceRoomPayload(_ id: Int64, with bytes: [UInt8]) -> Journal.Job {
        let sealed = cipher.seal(bytes, row: id)
        return { database in
            try database.run("UPDATE payload SET bytes=? WHERE id=?", .blob(sealed), .integer(id))
        }
    }

    private static func sealedEntry(_ row: Row) -> RoomArchiveEntry {
        RoomArchiveEntry(
            id: row.int64(0), time: row.uint64(1), sender: row.isNull(2) ? nil : row.text(2),
            bytes: row.blob(3))
    }

    private func open(_ entry: RoomArchiveEntry) throws(StorageError) -> RoomArchiveEntry {
        RoomArchiveEntry(
            id: entry.id, time: entry.time, sender: entry.sender,
            bytes: try cipher.open(entry.bytes, row: entry.id))
    }
}
