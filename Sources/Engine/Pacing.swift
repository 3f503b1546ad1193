import Bundles

/// How much of a session may be under way, and in pieces of which size: so little that a text written
/// now waits for one frame of what is less urgent, so much that the line is never idle.
///
/// On a thin line the queue that makes people wait is not here but in a modem, as long as TCP lets it
/// grow. So no more leaves than the line carries in its shortest round trip, and two frames: one is
/// sent by the line, one waits for it. If the line carries more than was thought, the second frame finds
/// it empty, the measured rate grows, and with it the first part.
struct Pacing: Sendable {
    enum Mode: Sendable, Equatable {
        /// Nobody measures: the owner decides.
        case unobserved
        /// The rate is not known yet: twice as much each round trip, from little.
        case growing(window: Int)
        case paced
        /// A fast line: the kernel paces, and its queue is short.
        case open
    }

    /// A frame is what the line carries in this time, milliseconds.
    static let frameMs = 200
    /// Bytes of a frame: on the thinnest line a smaller one would be half envelope.
    static let smallestFrame = 512
    static let largestFrame = LinkFormat.maxRecordBytes
    /// Bytes a second from which the kernel paces, and below which it does no more.
    static let fast = 1 << 20
    static let noLongerFast = 512 << 10
    /// Bytes that leave before anything is known.
    private static let firstWindow = 2_048...(64 << 10)
    /// Beyond this window a line is fast, bytes.
    private static let largestGrowth = 256 << 10
    /// What a line carries at least, if a SYN and its answer made the round trip: bytes of the two.
    private static let roundTripBytes = 120
    private static let guessed = 600...(4 << 20)

    private(set) var estimate = RateEstimate()
    private(set) var mode = Mode.unobserved
    private(set) var roundTripMs: UInt64?
    private var leastRoundTripMs: UInt64 = 1
    /// Round trips at the ends of the last spans, milliseconds.
    private var recentRoundTrips: [UInt64] = []
    /// Bytes that have reached the other end's kernel.
    private(set) var delivered: UInt64 = 0
    private var credit = Int.max
    private var observedAt: UInt64?

    /// Bytes a second as measured; nil before.
    var measuredRate: Int? { estimate.isMeasured ? estimate.bytesPerSecond : nil }

    /// Bytes a second as far as can be told; nil if nobody measures.
    var likelyRate: Int? {
        guard mode != .unobserved else { return nil }
        return estimate.bytesPerSecond ?? guess
    }

    /// Bytes of the next record at most.
    var frameBytes: Int {
        guard mode != .unobserved, mode != .open, let rate = likelyRate else { return Self.largestFrame }
        return min(max(rate * Self.frameMs / 1_000, Self.smallestFrame), Self.largestFrame)
    }

    /// Whether a record may leave now.
    var hasRoom: Bool { credit > 0 }

    /// When to look again while there is no room, milliseconds from now.
    var lookAgainMs: UInt64 {
        let frameTime = UInt64(frameBytes * 1_000 / max(1, likelyRate ?? Self.fast))
        return min(max(frameTime / 4, 5), 50)
    }

    /// A record of so many bytes has left.
    mutating func charge(_ bytes: Int) {
        if credit != .max { credit -= bytes }
    }

    /// What an earlier session has measured.
    mutating func expect(_ bytesPerSecond: Int) { estimate.expect(bytesPerSecond) }

    /// - Parameter isBusy: something waits to leave.
    mutating func observe(_ sample: TransportSample, isBusy: Bool, now: UInt64) {
        roundTripMs = sample.roundTripMs
        leastRoundTripMs = max(1, sample.leastRoundTripMs, changedRoundTripMs)
        if mode == .unobserved {
            mode = .growing(window: firstWindow)
        }
        let spans = estimate.spansSeen
        estimate.observe(sample, isBusy: isBusy, now: now)
        if estimate.spansSeen > spans { remember(sample.roundTripMs) }
        let fresh = Int(clamping: sample.delivered - min(sample.delivered, delivered))
        delivered = max(delivered, sample.delivered)
        change(fresh: isBusy ? fresh : 0, sample)
        observedAt = now
        credit = room(sample)
    }

    private mutating func remember(_ roundTripMs: UInt64) {
        recentRoundTrips.append(roundTripMs)
        if recentRoundTrips.count > RateEstimate.spansKept { recentRoundTrips.removeFirst() }
    }

    /// The kernel remembers the shortest round trip for minutes, also that of another way. What all recent
    /// ones were longer by than this session's own queue can make them, the line has become longer.
    private var changedRoundTripMs: UInt64 {
        guard recentRoundTrips.count == RateEstimate.spansKept, let least = recentRoundTrips.min(),
            let rate = measuredRate
        else { return 1 }
        let queue = UInt64(2 * (frameBytes + Self.envelope) * 1_000 / rate)
        return least - min(least, queue)
    }

    /// What a record costs beside its frame, in bytes: seal, TCP and IP.
    private static let envelope = 80

    private var guess: Int {
        min(
            max(Self.roundTripBytes * 1_000 / Int(clamping: leastRoundTripMs), Self.guessed.lowerBound),
            Self.guessed.upperBound)
    }

    private var firstWindow: Int {
        let cautious = max(guess * 2 * Self.frameMs / 1_000, Self.firstWindow.lowerBound)
        // The line may have become another one since it was measured.
        let expected = estimate.bytesPerSecond == nil ? 0 : min(pacedWindow, 4 * cautious)
        return min(max(cautious, expected), Self.firstWindow.upperBound)
    }

    /// What the line carries in its shortest round trip, and a frame. As long as there is room, a whole frame
    /// may leave: so it is between one and two frames.
    private var pacedWindow: Int {
        let carried = Double(likelyRate ?? guess) * Double(leastRoundTripMs) / 1_000
        return Int(min(carried, 1e9)) + frameBytes
    }

    private mutating func change(fresh: Int, _ sample: TransportSample) {
        let hasQueue = sample.roundTripMs > leastRoundTripMs + leastRoundTripMs / 2 + 200
        switch mode {
        case .unobserved: break
        case .growing(let window):
            let larger = window + fresh
            if larger > Self.largestGrowth {
                mode = .open
            } else if estimate.isMeasured, hasQueue || estimate.spansWithoutGrowth >= 2 {
                mode = .paced
            } else {
                mode = .growing(window: larger)
            }
        case .paced:
            if let rate = measuredRate, rate > Self.fast, !hasQueue { mode = .open }
        case .open:
            let rate = measuredRate ?? .max
            if rate < Self.noLongerFast || sample.roundTripMs > leastRoundTripMs + 1_000 { mode = .paced }
        }
    }

    private func room(_ sample: TransportSample) -> Int {
        // What the kernel cannot send yet is a queue that nothing overtakes.
        guard sample.unsent < frameBytes else { return 0 }
        switch mode {
        case .unobserved, .open: return .max
        case .growing(let window): return window - sample.underWay - sample.unsent
        case .paced: return pacedWindow - sample.underWay - sample.unsent
        }
    }

    /// Whether the last look is too old to write by it, milliseconds: on a fast line records go out in
    /// great number between two looks.
    func isStale(now: UInt64) -> Bool {
        guard let observedAt else { return true }
        return credit <= 0 || now >= observedAt + 5
    }
}
