internal import DequeModule

/// Mail that a session is owed and that waits until its client has taken in what it was sent: a client
/// that comes back to thousands of messages gets them all, and none is sent into a full buffer.
struct Backlog {
    private var entries: Deque<Int64> = []

    /// Entries owed to one session.
    static let limit = 100_000

    var isEmpty: Bool { entries.isEmpty }

    /// False when nothing more can be owed.
    mutating func append(_ entry: Int64) -> Bool {
        guard entries.count < Self.limit else { return false }
        entries.append(entry)
        return true
    }

    mutating func next() -> Int64? { entries.popFirst() }
}

extension ClientSession {
    /// Whether more mail may be sent now: half of what may be unacknowledged, or unread, is for mail.
    var hasRoom: Bool {
        let limit = relay.settings.unacknowledgedBytes / 2
        if let management { return management.waitingBytes < limit }
        return (connection?.waitingBytes ?? .max) < limit
    }

    /// Gives the session an entry of the archive: now, as `make` writes it, or in its turn.
    func deliverMail(entry: Int64, counts: Bool = true, _ make: () -> [UInt8]) {
        if backlog.isEmpty, hasRoom {
            send(make(), entry: counts ? entry : nil)
        } else {
            owe(entry)
        }
    }

    /// Notes an entry that has to be sent as soon as there is room.
    func owe(_ entry: Int64) {
        guard !hasEnded else { return }
        delivered.insert(entry)
        guard backlog.append(entry) else { return overflow() }
        management?.askIfDue(session: self, urgent: true)
    }

    /// Sends what is owed, as far as there is room.
    func catchUp() {
        while !hasEnded, hasRoom, let entry = backlog.next() {
            relay.messages.deliverOwed(entry, to: self)
        }
        if !backlog.isEmpty { management?.askIfDue(session: self, urgent: true) }
    }
}
