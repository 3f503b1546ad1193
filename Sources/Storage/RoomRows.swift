internal import Bundles
package import Engine

/// A room as its row has it.
package struct RoomRow: Sendable, Equatable {
    package let id: Int64
    package let localpart: String
    /// `jid.id` of the bare JID of who made it.
    package let creator: Int64
    package let created: UInt64

    package init(id: Int64, localpart: String, creator: Int64, created: UInt64) {
        self.id = id
        self.localpart = localpart
        self.creator = creator
        self.created = created
    }
}

extension Store {
    /// Every room of this box.
    package func rooms() throws(StorageError) -> [RoomRow] {
        try reader.rows("SELECT id, localpart, creator, created FROM room ORDER BY id") { row in
            RoomRow(id: row.int64(0), localpart: row.text(1), creator: row.int64(2), created: row.uint64(3))
        }
    }

    /// The highest id that a room ever had.
    package func highestRoom() throws(StorageError) -> Int64 {
        try reader.first("SELECT seq FROM sqlite_sequence WHERE name='room'") { $0.int64(0) } ?? 0
    }

    package func insertRoom(_ room: RoomRow) -> Journal.Job {
        { database in
            try database.run(
                "INSERT INTO room (id, localpart, creator, created) VALUES (?,?,?,?)", .integer(room.id),
                .text(room.localpart), .integer(room.creator), .int(room.created))
        }
    }

    /// Removes a room and all that was said in it; what still waits for another office stays until it left.
    package func removeRoom(_ id: Int64) -> Journal.Job {
        { database in
            try database.run(
                """
                UPDATE payload SET archived=archived-1 WHERE id IN (SELECT id FROM room_archive WHERE room=?)
                """, .integer(id))
            try database.run(
                """
                DELETE FROM payload WHERE id IN (SELECT id FROM room_archive WHERE room=?)
                AND archived=0 AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id=payload.id)
                """, .integer(id))
            try database.run("DELETE FROM room_archive WHERE room=?", .integer(id))
            try database.run("DELETE FROM room_register WHERE room=?", .integer(id))
            try database.run("DELETE FROM room WHERE id=?", .integer(id))
        }
    }

    package func roomState(_ room: Int64) throws(StorageError) -> RoomState {
        let cipher = cipher
        var state = RoomState()
        try reader.query("SELECT name, time, box, value FROM room_register WHERE room=?", .integer(room)) {
            row throws(StorageError) in
            let name = row.text(0)
            let version = RoomVersion(time: row.uint64(1), box: row.uint64(2))
            var value: String?
            if !row.isNull(3) {
                let plain = try cipher.open(row.blob(3), row: Self.sealName(room, name))
                value = String(decoding: plain, as: UTF8.self)
            }
            state.take(name, RoomRegister(value: value, version: version))
            return true
        }
        return state
    }

    package func putRoomRegister(_ room: Int64, _ name: String, _ register: RoomRegister) -> Journal.Job {
        let sealed = register.value.map { cipher.seal(Array($0.utf8), row: Self.sealName(room, name)) }
        return { database in
            try database.run(
                "INSERT OR REPLACE INTO room_register (room, name, time, box, value) VALUES (?,?,?,?,?)",
                .integer(room), .text(name), .int(register.version.time), .int(register.version.box),
                .optional(sealed))
        }
    }

    package func forgetRoomRegister(_ room: Int64, _ name: String) -> Journal.Job {
        { try $0.run("DELETE FROM room_register WHERE room=? AND name=?", .integer(room), .text(name)) }
    }

    /// What a register's value is sealed for: no value can be put in another's place.
    private static func sealName(_ room: Int64, _ name: String) -> Int64 {
        let hash = Sodium.blake2b(16, Array("room \(room) \(name)".utf8))
        return Int64(bitPattern: hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}
