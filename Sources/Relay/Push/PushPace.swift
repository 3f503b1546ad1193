/// At most one notification of a registration in ten seconds: what comes in between is told by the next.
struct PushPace {
    enum Turn: Equatable {
        case now
        /// In that many milliseconds.
        case later(UInt64)
        /// One that is to come anyway tells of it.
        case covered
    }

    private var last: UInt64?
    private var isScheduled = false

    static let pauseMs: UInt64 = 10_000

    /// There is something to tell. `now`: monotonic milliseconds.
    mutating func wish(now: UInt64) -> Turn {
        if isScheduled { return .covered }
        if let last, now < last + Self.pauseMs {
            isScheduled = true
            return .later(last + Self.pauseMs - now)
        }
        last = now
        return .now
    }

    /// The time of a later turn has come.
    mutating func turnCame(now: UInt64) {
        isScheduled = false
        last = now
    }
}
