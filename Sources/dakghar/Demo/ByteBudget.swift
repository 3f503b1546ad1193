/// How many bytes a slow line may carry now: a bucket that fills with time.
struct ByteBudget: Equatable {
    /// Bytes per second; nil for a line without a limit.
    private(set) var rate: Int?
    private var level: Double = 0
    private var filledAt = 0

    /// Seconds of the rate that may gather while nothing goes.
    private static let burst = 0.1

    /// Another rate; what had gathered is gone.
    mutating func set(rate: Int?, now: Int) {
        self.rate = rate
        level = 0
        filledAt = now
    }

    /// Bytes that may go at `now` (milliseconds of any clock that never goes back).
    mutating func available(now: Int) -> Int {
        guard let rate else { return .max }
        let elapsed = Double(max(0, now - filledAt)) / 1000
        level = min(level + elapsed * Double(rate), max(1, Double(rate) * Self.burst))
        filledAt = now
        return Int(level)
    }

    mutating func spend(_ bytes: Int) {
        if rate != nil { level -= Double(bytes) }
    }
}
