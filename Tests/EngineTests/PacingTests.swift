import Testing

@testable import Engine

/// A line with one queue, in steps of a millisecond: what the kernel and a router make of what is sent.
private struct ModelLine {
    let bytesPerSecond: Int
    let oneWayMs: UInt64
    var now: UInt64 = 0
    private var busyUntil = 0.0
    private var arrivals: [(at: Double, bytes: Int)] = []
    private var delivered = 0
    private var leastRoundTrip = UInt64.max
    private var lastRoundTrip: UInt64 = 0
    private(set) var longestQueueMs = 0.0
    private(set) var idleMs = 0.0

    init(bytesPerSecond: Int, oneWayMs: UInt64) {
        self.bytesPerSecond = bytesPerSecond
        self.oneWayMs = oneWayMs
        lastRoundTrip = 2 * oneWayMs + UInt64(120_000 / bytesPerSecond)
        leastRoundTrip = max(1, lastRoundTrip)
    }

    /// A record and its packet's envelope.
    mutating func send(_ bytes: Int) {
        let start = max(Double(now), busyUntil)
        longestQueueMs = max(longestQueueMs, start - Double(now))
        if busyUntil > 0 { idleMs += start - busyUntil }
        busyUntil = start + Double(bytes + 80) * 1_000 / Double(bytesPerSecond)
        arrivals.append((busyUntil + Double(2 * oneWayMs), bytes))
        lastRoundTrip = UInt64(busyUntil) + 2 * oneWayMs - now
    }

    mutating func sample() -> TransportSample {
        while let first = arrivals.first, first.at <= Double(now) {
            delivered += first.bytes
            arrivals.removeFirst()
        }
        return TransportSample(
            delivered: UInt64(delivered), underWay: arrivals.reduce(0) { $0 + $1.bytes }, unsent: 0,
            roundTripMs: lastRoundTrip, leastRoundTripMs: leastRoundTrip)
    }

    /// The router in front was replaced: its queue begins to count from here.
    mutating func forgetWorst() { (longestQueueMs, idleMs) = (0, 0) }
}

@Suite("Pacing")
struct PacingTests {
    /// Sends as much as pacing lets out for so long.
    private func run(_ pacing: inout Pacing, _ line: inout ModelLine, ms: UInt64) {
        let end = line.now + ms
        while line.now < end {
            pacing.observe(line.sample(), isBusy: true, now: line.now)
            while pacing.hasRoom, pacing.mode != .open {
                line.send(pacing.frameBytes)
                pacing.charge(pacing.frameBytes)
            }
            line.now += pacing.lookAgainMs
        }
    }

    @Test(
        "a thin line is measured, is never idle, and its queue never holds more than two frames",
        arguments: [(1_200, 600), (1_200, 20), (8_000, 150), (125_000, 50), (125_000, 600)] as [(Int, UInt64)]
    )
    func thinLines(rate: Int, oneWayMs: UInt64) {
        var pacing = Pacing()
        var line = ModelLine(bytesPerSecond: rate, oneWayMs: oneWayMs)
        run(&pacing, &line, ms: 30_000)
        line.forgetWorst()
        run(&pacing, &line, ms: 30_000)
        let payload = Double(pacing.frameBytes) / Double(pacing.frameBytes + 80)
        let measured = Double(pacing.measuredRate ?? 0)
        #expect(measured > 0.85 * payload * Double(rate) && measured < 1.15 * Double(rate))
        let frame = Double(pacing.frameBytes + 80) * 1_000 / Double(rate)
        #expect(line.longestQueueMs <= 2.2 * frame + 50)
        #expect(line.idleMs < 1_500, "a twentieth of the time")
    }

    @Test("a frame is what the line carries in 200 ms, within its limits")
    func frames() {
        var pacing = Pacing()
        #expect(pacing.frameBytes == Pacing.largestFrame, "nobody measures: nothing is held back")
        var line = ModelLine(bytesPerSecond: 20_000, oneWayMs: 100)
        run(&pacing, &line, ms: 20_000)
        #expect(pacing.frameBytes > 3_000 && pacing.frameBytes < 4_500)
        var thin = Pacing()
        line = ModelLine(bytesPerSecond: 300, oneWayMs: 100)
        run(&thin, &line, ms: 20_000)
        #expect(thin.frameBytes == Pacing.smallestFrame)
    }

    @Test("nothing leaves while the kernel holds a frame back")
    func unsent() {
        var pacing = Pacing()
        var sample = TransportSample(
            delivered: 0, underWay: 0, unsent: 0, roundTripMs: 1_300, leastRoundTripMs: 1_300)
        pacing.observe(sample, isBusy: true, now: 0)
        #expect(pacing.hasRoom)
        sample.unsent = Pacing.smallestFrame
        pacing.observe(sample, isBusy: true, now: 1)
        #expect(!pacing.hasRoom)
    }

    @Test("a fast line is left to the kernel, and paced again when it becomes thin")
    func fastAndThin() {
        var pacing = Pacing()
        var delivered: UInt64 = 0
        for step in 0..<400 as Range<UInt64> {
            delivered += 50_000
            pacing.observe(
                TransportSample(
                    delivered: delivered, underWay: 0, unsent: 0, roundTripMs: 2, leastRoundTripMs: 1),
                isBusy: true, now: step * 5)
        }
        #expect(pacing.mode == .open && pacing.frameBytes == Pacing.largestFrame)
        for step in 0..<200 as Range<UInt64> {
            delivered += 600
            pacing.observe(
                TransportSample(
                    delivered: delivered, underWay: 0, unsent: 0, roundTripMs: 1_900, leastRoundTripMs: 1),
                isBusy: true, now: 2_000 + step * 500)
        }
        #expect(pacing.mode == .paced && pacing.frameBytes == Pacing.smallestFrame)
        #expect((pacing.measuredRate ?? 0) == 1_200)
    }

    @Test("what an earlier session measured counts until there is a measure, and is not called measured")
    func expectation() {
        var pacing = Pacing()
        pacing.expect(50_000)
        pacing.observe(
            TransportSample(delivered: 0, underWay: 0, unsent: 0, roundTripMs: 600, leastRoundTripMs: 600),
            isBusy: true, now: 0)
        #expect(pacing.likelyRate == 50_000 && pacing.measuredRate == nil)
        var line = ModelLine(bytesPerSecond: 8_000, oneWayMs: 300)
        run(&pacing, &line, ms: 60_000)
        #expect((pacing.likelyRate ?? 0) < 9_000)
    }

    @Test("what the peer's kernel acknowledges is a sign of life of that time, for a minute and no longer")
    func kernelSigns() {
        var pair = LinkPair.counted()
        var sample = TransportSample(
            delivered: 1, underWay: 500, unsent: 0, roundTripMs: 100, leastRoundTripMs: 100)
        #expect(pair.dialer.tick(now: 6_000) == [.suspect])
        sample.acknowledgedAgoMs = 6_500
        #expect(pair.dialer.observe(sample, now: 6_500).isEmpty, "an old acknowledgement seen late")
        for second in 7...70 as ClosedRange<UInt64> {
            sample.delivered += 100
            sample.acknowledgedAgoMs = 0
            let effects = pair.dialer.observe(sample, now: second * 1_000)
            #expect(effects == (second == 7 ? [.recovered] : []))
        }
        #expect(pair.dialer.tick(now: 66_000) == [.suspect])
        #expect(pair.dialer.tick(now: 74_999).closeReason == .silent)
    }

    @Test("a frozen peer whose kernel goes on acknowledging is silent in the usual time")
    func frozenPeer() {
        var pair = LinkPair.counted()
        var sample = TransportSample(
            delivered: 1, underWay: 0, unsent: 0, roundTripMs: 1, leastRoundTripMs: 1)
        for second in 1...14 as ClosedRange<UInt64> {
            sample.delivered += 30
            _ = pair.dialer.observe(sample, now: second * 1_000)
        }
        #expect(pair.dialer.tick(now: 14_900).closeReason == nil)
        #expect(pair.dialer.tick(now: 15_000).closeReason == .silent)
    }

    @Test("on a line with a long round trip a peer may be silent for longer")
    func patience() {
        var pair = LinkPair.counted()
        _ = pair.dialer.observe(
            TransportSample(
                delivered: 0, underWay: 0, unsent: 0, roundTripMs: 1_500, leastRoundTripMs: 1_300), now: 0)
        #expect(pair.dialer.tick(now: 13_900).isEmpty)
        #expect(pair.dialer.tick(now: 14_000) == [.suspect])
        #expect(pair.dialer.tick(now: 22_900).isEmpty)
        #expect(pair.dialer.tick(now: 23_000) == [.close(.silent)])
    }

    @Test("an idle line is not taken for a slow one")
    func idle() {
        var estimate = RateEstimate()
        var delivered: UInt64 = 0
        func observe(_ bytes: UInt64, busy: Bool, at now: UInt64) {
            delivered += bytes
            estimate.observe(
                TransportSample(
                    delivered: delivered, underWay: 0, unsent: 0, roundTripMs: 100, leastRoundTripMs: 100),
                isBusy: busy, now: now)
        }
        for step in 0..<20 as Range<UInt64> { observe(2_000, busy: true, at: step * 250) }
        let best = estimate.bytesPerSecond
        for step in 0..<50 as Range<UInt64> { observe(10, busy: false, at: 5_000 + step * 1_000) }
        #expect(best == 8_000 && estimate.bytesPerSecond == best)
    }
}
