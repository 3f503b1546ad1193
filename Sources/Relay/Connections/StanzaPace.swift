/// How fast one account may send: a bucket of stanzas that fills at a rate. Nothing is refused: who sends
/// faster is read from more slowly, with all sessions together.
struct StanzaPace {
    /// Seconds of the rate that may be sent at once.
    static let burstSeconds = 2.0

    private var left: Double?
    private var at: UInt64 = 0

    /// Takes one stanza.
    /// - Returns: milliseconds for which nothing more is read from the sender; 0 while it may go on.
    mutating func take(now: UInt64, perSecond: Int) -> UInt64 {
        let rate = Double(perSecond)
        let full = rate * Self.burstSeconds
        let gained = Double(now > at ? now - at : 0) * rate / 1_000
        let held = min(full, (left ?? full) + gained) - 1
        left = held
        at = max(at, now)
        return held >= 0 ? 0 : UInt64((-held * 1_000 / rate).rounded(.up))
    }
}
