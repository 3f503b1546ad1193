/// How fast something grows: over the last ten seconds, in bytes per second.
package struct BlobRate: Sendable {
    private var samples: [(at: UInt64, done: UInt64)] = []

    static let spanMs: UInt64 = 10_000
    private static let stepMs: UInt64 = 500

    package init() {}

    package mutating func note(_ done: UInt64, now: UInt64) {
        if let last = samples.last, now < last.at + Self.stepMs, samples.count > 1 { samples.removeLast() }
        samples.append((now, done))
        while samples.count > 2, samples[1].at + Self.spanMs <= now { samples.removeFirst() }
    }

    /// 0 when nothing has come for ten seconds.
    package func bytesPerSecond(now: UInt64) -> Int {
        guard let first = samples.first, let last = samples.last, last.at + Self.spanMs > now, now > first.at
        else { return 0 }
        return Int(clamping: (last.done - min(last.done, first.done)) * 1_000 / (now - first.at))
    }
}
