package import Bundles

/// One parcel of mail (or a notice of skipped ones) that waits for its destination's acknowledgement.
package struct OutboxRow: Sendable {
    package let id: Int64
    package let name: ParcelName
    package let kind: Kind
    package let parcelClass: ParcelClass
    /// Bytes of the stanza, or of the encoded notice.
    package let size: Int
    package let sender: Int64
    package let recipient: Int64
    package let previous: ParcelName?
    /// Wall milliseconds.
    package let accepted: UInt64
    /// Service milliseconds.
    package let entered: UInt64
    /// Milliseconds of service.
    package let lifetime: UInt64
    package var leftBy: BoxID?
    /// An administrator holds it back.
    package var isHeldBack = false

    package enum Kind: Int64, Sendable {
        case mail = 1
        case skipped = 3
    }

    package init(
        id: Int64, name: ParcelName, kind: Kind, parcelClass: ParcelClass, size: Int, sender: Int64,
        recipient: Int64, previous: ParcelName?, accepted: UInt64, entered: UInt64, lifetime: UInt64,
        leftBy: BoxID? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.parcelClass = parcelClass
        self.size = size
        self.sender = sender
        self.recipient = recipient
        self.previous = previous
        self.accepted = accepted
        self.entered = entered
        self.lifetime = lifetime
        self.leftBy = leftBy
    }
}

/// What waits for one peer in one class.
package struct QueueDepth: Sendable, Equatable {
    package let peer: Int64
    package let parcelClass: ParcelClass
    package let parcels: Int
    package let bytes: Int
    /// Wall milliseconds of the oldest parcel's acceptance.
    package let oldest: UInt64
}

extension Database {
    package func peerIDs() throws(StorageError) -> [(Int64, BoxID)] {
        try rows("SELECT id, box FROM peer") { row throws(StorageError) in
            guard let box = BoxID(bytes: row.blob(1)) else {
                throw StorageError.damaged("peer \(row.int64(0))")
            }
            return (row.int64(0), box)
        }
    }

    func insertPeer(_ id: Int64, _ box: BoxID) throws(StorageError) {
        try run("INSERT OR IGNORE INTO peer (id, box) VALUES (?,?)", .integer(id), .blob(box.bytes))
    }

    func insertOutbox(_ row: OutboxRow, peer: Int64) throws(StorageError) {
        try run(
            """
            INSERT INTO outbox (id, peer, epoch, number, kind, class, payload, size, sender, recipient,
            previous_epoch, previous_number, accepted, entered, lifetime, left_by, held)
            VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
            """,
            .integer(row.id), .integer(peer), .blob(row.name.epoch.bytes), .int(row.name.number),
            .integer(row.kind.rawValue), .int(Int(row.parcelClass.rawValue)), .integer(row.id),
            .int(row.size),
            .integer(row.sender), .integer(row.recipient), .optional(row.previous?.epoch.bytes),
            row.previous.map { .int($0.number) } ?? .null, .int(row.accepted), .int(row.entered),
            .int(row.lifetime), .optional(row.leftBy?.bytes), .flag(row.isHeldBack))
    }

    /// Rows after `id`, in order of acceptance; without those that an administrator holds back, unless
    /// they are to be shown too.
    package func outboxPage(
        peer: Int64, after id: Int64, limit: Int, includingHeldBack: Bool = false
    ) throws(StorageError) -> [OutboxRow] {
        try rows(
            Self.selectOutbox + "WHERE peer=? AND id>? AND held<=? ORDER BY id LIMIT ?", .integer(peer),
            .integer(id), .flag(includingHeldBack), .int(limit), make: Self.outboxRow)
    }

    package func outboxRow(id: Int64) throws(StorageError) -> OutboxRow? {
        try first(Self.selectOutbox + "WHERE id=?", .integer(id), make: Self.outboxRow)
    }

    /// Whether a parcel waits and will be sent: what is held back holds nobody up.
    package func outboxHas(_ name: ParcelName, peer: Int64) throws(StorageError) -> Bool {
        try first(
            "SELECT 1 FROM outbox WHERE peer=? AND epoch=? AND number=? AND held=0", .integer(peer),
            .blob(name.epoch.bytes), .int(name.number)
        ) { _ in true } ?? false
    }

    /// Rows whose lifetime has passed, oldest first.
    package func expiredOutbox(at service: UInt64, limit: Int) throws(StorageError) -> [(
        peer: Int64, row: OutboxRow
    )] {
        let found = try rows(
            "SELECT id, peer FROM outbox WHERE entered+lifetime<=? ORDER BY entered+lifetime, id LIMIT ?",
            .int(service),
            .int(limit)
        ) { ($0.int64(0), $0.int64(1)) }
        var expired: [(peer: Int64, row: OutboxRow)] = []
        for (id, peer) in found {
            if let row = try outboxRow(id: id) { expired.append((peer, row)) }
        }
        return expired
    }

    /// The last parcel of each conversation that still waits for `peer`.
    ///
    /// Reads all that waits, in its order, and holds what it returns: grouped by SQLite, a million rows
    /// would be sorted in memory first.
    package func conversationEnds(peer: Int64) throws(StorageError) -> [(
        sender: Int64, recipient: Int64, name: ParcelName
    )] {
        struct Conversation: Hashable {
            let sender: Int64
            let recipient: Int64
        }
        var last: [Conversation: Int64] = [:]
        try query(
            "SELECT id, sender, recipient FROM outbox WHERE peer=? AND kind=1 ORDER BY id", .integer(peer)
        ) { row in
            last[Conversation(sender: row.int64(1), recipient: row.int64(2))] = row.int64(0)
            return true
        }
        return try last.map { conversation, id throws(StorageError) in
            guard let row = try outboxRow(id: id) else { throw StorageError.damaged("outbox \(id)") }
            return (conversation.sender, conversation.recipient, row.name)
        }
    }

    package func highestNumber(peer: Int64, epoch: Epoch) throws(StorageError) -> UInt64 {
        try first(
            "SELECT max(number) FROM outbox WHERE peer=? AND epoch=?", .integer(peer), .blob(epoch.bytes)
        ) { $0.uint64(0) } ?? 0
    }

    /// Removes acknowledged parcels and the payloads that nothing else refers to.
    package func removeOutbox(ids: [Int64]) throws(StorageError) {
        for id in ids {
            try run("DELETE FROM outbox WHERE id=?", .integer(id))
            try removePayloadIfUnused(id)
        }
    }

    /// A payload belongs to archives first; without one it goes with its last other user.
    func removePayloadIfUnused(_ id: Int64) throws(StorageError) {
        try run(
            """
            DELETE FROM payload WHERE id=?1 AND archived=0
            AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id=?1)
            """, .integer(id))
    }

    /// What waits, by peer and class; costs the same however much it is.
    package func queueDepths() throws(StorageError) -> [QueueDepth] {
        try rows(
            """
            SELECT peer, class, parcels, bytes,
                (SELECT min(accepted) FROM outbox
                 WHERE outbox.peer=outbox_depth.peer AND outbox.class=outbox_depth.class)
            FROM outbox_depth WHERE parcels>0 ORDER BY peer, class
            """
        ) { row in
            QueueDepth(
                peer: row.int64(0),
                parcelClass: ParcelClass(rawValue: UInt8(truncatingIfNeeded: row.int64(1))) ?? .chat,
                parcels: row.int(2), bytes: row.int(3), oldest: row.uint64(4))
        }
    }

    private static let selectOutbox = """
        SELECT id, epoch, number, kind, class, size, sender, recipient, previous_epoch, previous_number,
        accepted, entered, lifetime, left_by, held FROM outbox 
        """

    private static func outboxRow(_ row: Row) throws(StorageError) -> OutboxRow {
        guard let kind = OutboxRow.Kind(rawValue: row.int64(3)),
            let parcelClass = ParcelClass(rawValue: UInt8(truncatingIfNeeded: row.int64(4)))
        else { throw StorageError.damaged("outbox \(row.int64(0))") }
        var found = OutboxRow(
            id: row.int64(0), name: try name(row, 1, 2), kind: kind, parcelClass: parcelClass,
            size: row.int(5), sender: row.int64(6), recipient: row.int64(7),
            previous: row.isNull(8) ? nil : try name(row, 8, 9), accepted: row.uint64(10),
            entered: row.uint64(11), lifetime: row.uint64(12),
            leftBy: row.isNull(13) ? nil : BoxID(bytes: row.blob(13)))
        found.isHeldBack = row.flag(14)
        return found
    }

    static func name(_ row: Row, _ epoch: Int32, _ number: Int32) throws(StorageError) -> ParcelName {
        guard let epoch = Epoch(bytes: row.blob(epoch)) else { throw StorageError.damaged("an epoch") }
        return ParcelName(epoch: epoch, number: row.uint64(number))
    }
}
