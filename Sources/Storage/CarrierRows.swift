package import Bundles

extension Database {
    package func outboxRow(name: ParcelName, peer: Int64) throws(StorageError) -> OutboxRow? {
        let id = try first(
            "SELECT id FROM outbox WHERE peer=? AND epoch=? AND number=?", .integer(peer),
            .blob(name.epoch.bytes),
            .int(name.number)
        ) { $0.int64(0) }
        guard let id else { return nil }
        return try outboxRow(id: id)
    }

    /// Takes a peer's rows of one epoch into another that has none of its rows. Their numbers, and with
    /// them order and predecessors, stay.
    package func rename(peer: Int64, from old: Epoch, to new: Epoch) throws(StorageError) {
        try run(
            """
            UPDATE outbox SET epoch=?1, left_by=NULL,
            previous_epoch=CASE previous_epoch WHEN ?2 THEN ?1 ELSE previous_epoch END
            WHERE peer=?3 AND epoch=?2
            """, .blob(new.bytes), .blob(old.bytes), .integer(peer))
        // Also of what only its receipts are missing from: their numbers are not used again in `new`.
        try run(
            "UPDATE message_state SET epoch=?1 WHERE peer=?3 AND epoch=?2 AND state<3", .blob(new.bytes),
            .blob(old.bytes), .integer(peer))
    }

    /// Gives what waits for one box to the box that has taken its place.
    package func moveOutbox(from old: Int64, to new: Int64) throws(StorageError) {
        try run("UPDATE OR IGNORE outbox SET peer=?, left_by=NULL WHERE peer=?", .integer(new), .integer(old))
        try run(
            "UPDATE message_state SET peer=?, state=1 WHERE peer=? AND state<3", .integer(new), .integer(old))
    }

    /// Whether anything waits for a peer.
    package func outboxHolds(peer: Int64) throws(StorageError) -> Bool {
        try first("SELECT 1 FROM outbox WHERE peer=? LIMIT 1", .integer(peer)) { _ in true } ?? false
    }

    /// Rows of a peer that a hub has on its disk, in order of acceptance.
    package func outboxLeft(peer: Int64) throws(StorageError) -> [(row: Int64, hub: BoxID)] {
        try rows(
            "SELECT id, left_by FROM outbox WHERE peer=? AND left_by IS NOT NULL ORDER BY id", .integer(peer)
        ) { row throws(StorageError) in
            guard let hub = BoxID(bytes: row.blob(1)) else { throw StorageError.damaged("a hub's id") }
            return (row.int64(0), hub)
        }
    }

    package func forgetLeft(by hub: BoxID) throws(StorageError) {
        try run(
            "UPDATE message_state SET state=1 WHERE state=2 AND id IN (SELECT id FROM outbox WHERE left_by=?)",
            .blob(hub.bytes))
        try run("UPDATE outbox SET left_by=NULL WHERE left_by=?", .blob(hub.bytes))
    }

    package func setLeft(_ names: [ParcelName], peer: Int64, by hub: BoxID, wall: UInt64)
        throws(StorageError)
    {
        for name in names {
            try run(
                "UPDATE outbox SET left_by=? WHERE peer=? AND epoch=? AND number=?", .blob(hub.bytes),
                .integer(peer), .blob(name.epoch.bytes), .int(name.number))
            try run(
                """
                UPDATE message_state SET state=2, changed=? WHERE state=1
                AND peer=? AND epoch=? AND number=?
                """, .int(wall), .integer(peer), .blob(name.epoch.bytes), .int(name.number))
        }
    }

    /// Rows that an acknowledgement covers, at most `limit`.
    package func outboxRows(
        coveredBy acknowledged: [Epoch: RangeSet], peer: Int64, limit: Int
    ) throws(StorageError) -> [(id: Int64, size: Int)] {
        var found: [(id: Int64, size: Int)] = []
        for (epoch, numbers) in acknowledged.sorted(by: { $0.key < $1.key }) {
            for range in numbers.ranges where found.count < limit {
                found += try rows(
                    "SELECT id, size FROM outbox WHERE peer=? AND epoch=? AND number BETWEEN ? AND ? LIMIT ?",
                    .integer(peer), .blob(epoch.bytes), .integer(Int64(clamping: range.lowerBound)),
                    .integer(Int64(clamping: range.upperBound)), .int(limit - found.count)
                ) { ($0.int64(0), $0.int(1)) }
            }
        }
        return found
    }

    package func transitOrigin(id: Int64) throws(StorageError) -> (BoxID, Int)? {
        let found = try first("SELECT origin, size FROM transit WHERE id=?", .integer(id)) {
            ($0.blob(0), $0.int(1))
        }
        guard let found, let origin = BoxID(bytes: found.0) else { return nil }
        return (origin, found.1)
    }

    package func putReceived(peer: Int64, epoch: Epoch, received: RangeSet) throws(StorageError) {
        guard !received.isEmpty else {
            return try run(
                "DELETE FROM received WHERE peer=? AND epoch=?", .integer(peer), .blob(epoch.bytes))
        }
        try putReceived(peer: peer, epoch: epoch, ranges: received.stored)
    }

    /// A register that a peer has told, or that is remembered of it.
    package struct RegisterRow: Sendable {
        package let key: String
        package let epoch: Epoch
        package let counter: UInt64
        package let value: [UInt8]
    }

    package func putRegister(
        peer: Int64, key: String, epoch: Epoch, counter: UInt64, value: [UInt8]
    ) throws(StorageError) {
        try run(
            "INSERT OR REPLACE INTO register (peer, key, epoch, counter, value) VALUES (?,?,?,?,?)",
            .integer(peer),
            .text(key), .blob(epoch.bytes), .int(counter), .blob(value))
    }

    /// What is remembered of the peer itself; not the registers of its people (`keptRegisters`).
    package func registers(peer: Int64) throws(StorageError) -> [RegisterRow] {
        try rows(
            "SELECT key, epoch, counter, value FROM register WHERE peer=? AND instr(key,'/')=0",
            .integer(peer)
        ) {
            row throws(StorageError) in
            guard let epoch = Epoch(bytes: row.blob(1)) else {
                throw StorageError.damaged("register \(row.text(0))")
            }
            return RegisterRow(key: row.text(0), epoch: epoch, counter: row.uint64(2), value: row.blob(3))
        }
    }
}

extension Store {
    /// Keeps mail that waits for its predecessor.
    package func keep(waiting stanza: KeptStanza, _ row: WaitingRow, peer: Int64) {
        let cipher = cipher
        journal.commit({ database in
            try database.insert(stanza, cipher)
            try database.insertWaiting(row, peer: peer)
        })
    }

    package func removeWaiting(_ name: ParcelName, payload: Int64, peer: Int64) {
        journal.commit({ database in
            try database.removeWaiting(name, peer: peer)
            try database.removePayloadIfUnused(payload)
        })
    }

    /// Keeps a bundle for another box.
    package func keep(
        transit row: TransitRow, lifetimeMs: UInt64, bytes: [UInt8], then done: @escaping Journal.Completion
    ) {
        journal.commit({ try $0.insertTransit(row, lifetime: lifetimeMs, bytes: bytes) }, then: done)
    }
}
