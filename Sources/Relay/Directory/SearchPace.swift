/// How often one person may search: each search looks at everybody.
struct SearchPace {
    /// Searches at once, and milliseconds until one more is allowed.
    static let burst = 20.0
    static let refillMs = 2_000.0

    private var left = burst
    private var looked: UInt64 = 0

    /// Takes one search; false when there have been too many.
    mutating func take(now: UInt64) -> Bool {
        let passed = now > looked ? Double(now - looked) : 0
        left = min(Self.burst, left + passed / Self.refillMs)
        looked = now
        guard left >= 1 else { return false }
        left -= 1
        return true
    }
}

extension ClientSession {
    func mayStillSearch(now: UInt64) -> Bool { person.searches.take(now: now) }
}
