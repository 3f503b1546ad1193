internal import DequeModule

/// Counts the stanzas of one client, and which of them are not on the disk yet (XEP-0198 §4): only
/// those before the first of these may be acknowledged.
struct InboundCount {
    /// Names one stanza for as long as the session lives, however often the count begins anew.
    typealias Ticket = UInt64

    private var seen: UInt64 = 0
    /// What had come when the count began.
    private var base: UInt64 = 0
    private var unfinished: Deque<(ticket: Ticket, bytes: Int)> = []
    private var unfinishedBytes = 0

    /// Stanzas of one client that wait for the disk, and their bytes: then no more is read from it.
    static let limit = 1_024
    static let byteLimit = 512 << 10

    mutating func next() { seen += 1 }

    /// The stanza that was counted last is handled only when the ticket is finished.
    /// - Parameter bytes: what it occupies until then.
    mutating func begin(bytes: Int = 0) -> Ticket {
        unfinished.append((seen, bytes))
        unfinishedBytes += bytes
        return seen
    }

    mutating func finish(_ ticket: Ticket) {
        // Commits complete in order, so it is nearly always the first.
        guard let index = unfinished.firstIndex(where: { $0.ticket == ticket }) else { return }
        unfinishedBytes -= unfinished.remove(at: index).bytes
    }

    /// The client sends faster than the disk takes it.
    var isFull: Bool { unfinished.count >= Self.limit || unfinishedBytes >= Self.byteLimit }

    /// Counts from zero: stream management was enabled. What came before is no part of it any more.
    mutating func restart() {
        base = seen
        unfinished.removeAll()
        unfinishedBytes = 0
    }

    /// How many stanzas have been handled to the end, in order, modulo 2^32.
    var handled: UInt32 {
        UInt32(truncatingIfNeeded: (unfinished.first.map { $0.ticket - 1 } ?? seen) - base)
    }
    /// How many have come, modulo 2^32.
    var taken: UInt32 { UInt32(truncatingIfNeeded: seen - base) }
    var isSettled: Bool { unfinished.isEmpty }
}
