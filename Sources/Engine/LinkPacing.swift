package import Bundles

/// The rate of the hop, and how little is under way on it.
extension LinkEngine {
    /// Whether a record may leave now; if not though `hasOutput`, look again after `lookAgainMs`.
    package var mayWrite: Bool { hasOutput && pacing.hasRoom }

    /// Milliseconds until there may be room.
    package var lookAgainMs: UInt64 { pacing.lookAgainMs }

    /// Whether the owner should ask the kernel before the next record.
    package func needsSample(now: UInt64) -> Bool { pacing.isStale(now: now) }

    /// Bytes a second that the line takes, as measured in this session or, at its start, in the one before.
    package var measuredRate: Int? { pacing.measuredRate }

    /// The same or, before anything was measured, what can be told from the round trip.
    package var likelyRate: Int? { pacing.likelyRate }

    /// Bytes of a record at most.
    package var frameBytes: Int { pacing.frameBytes }

    /// The round trip in milliseconds: as the kernel has it, else as the last PING.
    package var measuredRoundTripMs: UInt64? { pacing.roundTripMs ?? roundTripMs }

    /// What the last session with this peer has measured.
    package mutating func expectRate(_ bytesPerSecond: Int) { pacing.expect(bytesPerSecond) }

    /// Takes in what the kernel says. What the peer's kernel acknowledges is a sign of life while more is
    /// still on its way: the answer to a PING waits behind it. When all has arrived, the peer itself has to
    /// answer in the usual time, for a kernel goes on when its process does not. And it is one only for as
    /// long as a record in pieces is: anybody on the way could forge it.
    package mutating func observe(_ sample: TransportSample, now: UInt64) -> [LinkEffect] {
        let before = pacing.delivered
        pacing.observe(sample, isBusy: hasOutput, now: now)
        guard case .open = phase, sample.delivered > before, sample.underWay + sample.unsent > 0,
            now < provenAt + settings.recordLimitMs
        else { return [] }
        // The acknowledgement of an old PING may be seen only now: it says nothing about the time since.
        lastHeardAt = max(lastHeardAt, now - min(now, sample.acknowledgedAgoMs))
        guard isSuspect, now < lastHeardAt + settings.suspectMs + patienceMs else { return [] }
        isSuspect = false
        return [.recovered]
    }

    /// How much longer than usual a peer may be silent, milliseconds: on a line with a long round trip
    /// a packet that is lost twice comes after many seconds.
    var patienceMs: UInt64 {
        let roundTrip = measuredRoundTripMs ?? 0
        return roundTrip <= Self.usualRoundTripMs ? 0 : min((roundTrip - Self.usualRoundTripMs) * 8, 15_000)
    }

    private static var usualRoundTripMs: UInt64 { 500 }
}
