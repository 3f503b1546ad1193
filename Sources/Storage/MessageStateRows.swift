package import Bundles

/// How far a message to another office has come.
package enum MessageState: Int64, Sendable {
    /// Waits on this box.
    case held = 1
    /// A hub or a stick has it.
    case left = 2
    /// The other office's box has it on its disk.
    case arrived = 3
    /// A client of the addressee has acknowledged it, or read it from the archive there.
    case delivered = 4
    /// Its lifetime passed first.
    case expired = 5
    /// An administrator has dropped it.
    case dropped = 6
    /// The other office does not take it.
    case refused = 7

    /// Whether nothing was going to come of it any more.
    package var isFailure: Bool { self == .expired || self == .dropped || self == .refused }

    /// What a message may come to from here. A receipt of the destination counts more than what was
    /// believed here; what was refused stays refused.
    fileprivate var predecessors: String {
        switch self {
        case .held: "2"
        case .left: "1"
        case .expired, .dropped: "1,2"
        case .arrived: "1,2,5,6"
        case .delivered: "1,2,3,5,6"
        case .refused: "1,2,3,4,5,6"
        }
    }
}

/// Whose message it is and how its author knows it: written with the outbox row of the same id.
package struct StateReference: Sendable {
    package let account: Int64
    package let isArchived: Bool
    /// The message's own id; nil when it has none, or a very long one.
    package let client: String?

    package init(account: Int64, isArchived: Bool, client: String?) {
        self.account = account
        self.isArchived = isArchived
        self.client = client.flatMap { (1...Self.clientLimit).contains($0.utf8.count) ? $0 : nil }
    }

    /// Bytes of a client's id that are remembered.
    private static let clientLimit = 256
}

/// A message's state as it is kept.
package struct MessageStateRow: Sendable {
    package let id: Int64
    package let account: Int64
    package let isArchived: Bool
    package let peer: Int64
    package let recipient: Int64
    package let client: String?
    package let state: MessageState
    /// Wall milliseconds.
    package let changed: UInt64
    /// Service milliseconds at which its lifetime ends, while it waits for its destination.
    package let expires: UInt64?
    /// An administrator holds it back.
    package let isHeldBack: Bool
}

extension Database {
    func insertState(_ state: StateReference, _ row: OutboxRow, peer: Int64) throws(StorageError) {
        try run(
            """
            INSERT OR IGNORE INTO message_state
            (id, account, archived, peer, epoch, number, recipient, client, state, changed)
            VALUES (?,?,?,?,?,?,?,?,1,?)
            """,
            .integer(row.id), .integer(state.account), .flag(state.isArchived), .integer(peer),
            .blob(row.name.epoch.bytes), .int(row.name.number), .integer(row.recipient),
            .optional(state.client), .int(row.accepted))
    }

    /// Moves messages on; those that cannot come to this state stay as they are.
    package func setState(_ ids: [Int64], _ state: MessageState, wall: UInt64) throws(StorageError) {
        for id in ids {
            try run(
                "UPDATE message_state SET state=?, changed=? WHERE id=? AND state IN (\(state.predecessors))",
                .integer(state.rawValue), .int(wall), .integer(id))
        }
    }

    /// Messages of one peer's range of numbers that may come to a state, lowest first.
    package func messages(
        peer: Int64, epoch: Epoch, _ range: ClosedRange<UInt64>, before state: MessageState, limit: Int
    ) throws(StorageError) -> [MessageStateRow] {
        try rows(
            Self.selectState
                + """
                WHERE message_state.peer=? AND message_state.epoch=? AND message_state.number BETWEEN ? AND ?
                AND state IN (\(state.predecessors)) ORDER BY message_state.number LIMIT ?
                """,
            .integer(peer), .blob(epoch.bytes), .integer(Int64(clamping: range.lowerBound)),
            .integer(Int64(clamping: range.upperBound)), .int(limit), make: Self.stateRow)
    }

    package func messageState(id: Int64) throws(StorageError) -> MessageStateRow? {
        try first(Self.selectState + "WHERE message_state.id=?", .integer(id), make: Self.stateRow)
    }

    /// The newest message that an account sent under this id.
    package func messageState(account: Int64, client: String) throws(StorageError) -> MessageStateRow? {
        try first(
            Self.selectState + "WHERE account=? AND client=? ORDER BY message_state.id DESC LIMIT 1",
            .integer(account), .text(client), make: Self.stateRow)
    }

    /// An account's messages to one address after an id, in order.
    package func messageStates(
        account: Int64, recipient: Int64, after id: Int64, limit: Int
    ) throws(StorageError) -> [MessageStateRow] {
        try rows(
            Self.selectState
                + """
                WHERE account=? AND message_state.recipient=? AND message_state.id>?
                ORDER BY message_state.id LIMIT ?
                """,
            .integer(account), .integer(recipient), .integer(id), .int(limit), make: Self.stateRow)
    }

    /// Forgets what was settled before a time, and of each account what is beyond so many messages.
    package func forgetStates(before wall: UInt64, keeping count: Int) throws(StorageError) {
        try run("DELETE FROM message_state WHERE changed<? AND state>2", .int(wall))
        let crowded = try rows(
            "SELECT account FROM message_state GROUP BY account HAVING count(*)>?", .int(count)
        ) { $0.int64(0) }
        for account in crowded {
            try run(
                """
                DELETE FROM message_state WHERE account=?1 AND state>2 AND id<=
                (SELECT id FROM message_state WHERE account=?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
                """, .integer(account), .int(count))
        }
    }

    private static let selectState = """
        SELECT message_state.id, account, archived, message_state.peer, message_state.recipient, client, state,
        changed, entered+lifetime, held FROM message_state LEFT JOIN outbox ON outbox.id=message_state.id 
        """

    private static func stateRow(_ row: Row) throws(StorageError) -> MessageStateRow {
        guard let state = MessageState(rawValue: row.int64(6)) else {
            throw StorageError.damaged("state of message \(row.int64(0))")
        }
        return MessageStateRow(
            id: row.int64(0), account: row.int64(1), isArchived: row.flag(2), peer: row.int64(3),
            recipient: row.int64(4), client: row.isNull(5) ? nil : row.text(5), state: state,
            changed: row.uint64(7), expires: row.isNull(8) ? nil : row.uint64(8), isHeldBack: row.flag(9))
    }
}
