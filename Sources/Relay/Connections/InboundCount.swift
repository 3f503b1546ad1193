internal import DequeModule

/// Counts the stanzas of one client, and which of them are not on the disk yet (XEP-0198 §4): only
/// those before the first of these may be acknowledged.
struct InboundCount {
    /// Names one stanza for as long as the session lives, however often the count begins anew.
    typealias Ticket = UInt64

    private var seen: UInt64 = 0
    /// What had come when the count began.
    private var base: UInt64 = 0
    private var unfinished: Deque<Ticket> = []

    mutating func next() { seen += 1 }

    /// The stanza that was counted last is handled only when the ticket is finished.
    mutating func begin() -> Ticket {
        unfinished.append(seen)
        return seen
    }

    mutating func finish(_ ticket: Ticket) {
        // Commits complete in order, so it is nearly always the first.
        if let index = unfinished.firstIndex(of: ticket) { unfinished.remove(at: index) }
    }

    /// Counts from zero: stream management was enabled. What came before is no part of it any more.
    mutating func restart() {
        base = seen
        unfinished.removeAll()
    }

    /// How many stanzas have been handled to the end, in order, modulo 2^32.
    var handled: UInt32 { UInt32(truncatingIfNeeded: (unfinished.first.map { $0 - 1 } ?? seen) - base) }
    /// How many have come, modulo 2^32.
    var taken: UInt32 { UInt32(truncatingIfNeeded: seen - base) }
    var isSettled: Bool { unfinished.isEmpty }
}
