/// How many bytes a second this hop carries, from what the other end's kernel has acknowledged.
///
/// A span begins and ends with an acknowledgement and lasts at least a round trip, so that the lumps in
/// which acknowledgements come do not count. The estimate is the best of the last spans: a lost packet
/// makes a span look slow, nothing makes one look fast.
struct RateEstimate: Sendable {
    /// Spans that count.
    static let spansKept = 8
    /// Milliseconds that a span lasts at least.
    static let shortestSpanMs: UInt64 = 200

    /// Rates of the last spans, bytes a second, oldest first.
    private var spans: [Int] = []
    private var began: (at: UInt64, delivered: UInt64)?
    private var lastDelivered: UInt64 = 0
    private var wasIdle = false
    /// Whether anything was measured in this session.
    var isMeasured: Bool { !spans.isEmpty }
    /// Spans that have ended.
    private(set) var spansSeen = 0
    /// Spans in a row that were no faster than the best before them.
    private(set) var spansWithoutGrowth = 0

    /// Bytes a second as an earlier session has measured.
    private var expected: Int?
    /// Bytes a second; nil while nothing is known.
    var bytesPerSecond: Int? { spans.max() ?? expected }

    /// What an earlier session over this hop has measured: counts until this one has a measure of its own.
    mutating func expect(_ bytesPerSecond: Int) { expected = max(1, bytesPerSecond) }

    /// - Parameter isBusy: there was more to send than the line took, so that its rate shows.
    mutating func observe(_ sample: TransportSample, isBusy: Bool, now: UInt64) {
        defer { if !isBusy { wasIdle = true } }
        guard sample.delivered > lastDelivered else { return }
        lastDelivered = sample.delivered
        guard let start = began else { return begin(sample, isBusy: isBusy, now: now) }
        let elapsed = now - min(now, start.at)
        guard elapsed >= max(Self.shortestSpanMs, sample.leastRoundTripMs) else { return }
        let bytes = Double(sample.delivered - min(sample.delivered, start.delivered))
        let rate = max(1, Int(min(bytes * 1_000 / Double(elapsed), 1e12)))
        spansSeen += 1
        // An idle line has carried less than it could: only a better rate says something.
        if !wasIdle || rate > spans.max() ?? 0 { add(rate) }
        begin(sample, isBusy: isBusy, now: now)
    }

    private mutating func begin(_ sample: TransportSample, isBusy: Bool, now: UInt64) {
        began = (now, sample.delivered)
        wasIdle = !isBusy
    }

    private mutating func add(_ rate: Int) {
        let best = spans.max() ?? 0
        let isGrowing = rate > best + best / 8
        spansWithoutGrowth = isGrowing ? 0 : spansWithoutGrowth + 1
        spans.append(rate)
        if spans.count > Self.spansKept { spans.removeFirst() }
    }
}
