import Bundles

/// The small frames that go before all bundles: PING, PONG, TAKEN, ACK, REFUSED. Bounded: what repeats
/// itself is merged.
struct ControlQueue: Sendable {
    /// TAKEN numbers and refusals that may wait for a peer that does not read.
    static let maxAnswers = 16_384
    private static let maxTakenPerFrame = 1_024
    private static let maxAcknowledgementBytes = LinkFormat.maxHelloAcknowledgementBytes

    private struct Refusal: Sendable {
        let number: UInt64
        let reason: RefusalReason
        let text: String
    }

    private var hello: Hello?
    private var pingIsDue = false
    private var pong: UInt64?
    private var takenNumbers: [UInt64] = []
    private var acknowledgements: [Acknowledgement] = []
    private var refusals: [Refusal] = []
    /// The time to tell, and when it was that: what it waits here is added.
    private var clock: (wallMs: UInt64, isSure: Bool, setAt: UInt64)?
    /// Token of the PING that has not been answered.
    private(set) var openPing: UInt64?

    var isEmpty: Bool {
        hello == nil && !pingIsDue && pong == nil && clock == nil && takenNumbers.isEmpty
            && acknowledgements.isEmpty
            && refusals.isEmpty
    }

    var isPingDue: Bool { pingIsDue }

    /// More answers wait than an honest peer leaves.
    var isOverflowing: Bool { takenNumbers.count + refusals.count > Self.maxAnswers }

    /// Our hello goes before everything else.
    mutating func introduce(_ hello: Hello) { self.hello = fitting(hello) }

    mutating func ping() { pingIsDue = true }

    /// Only the newest PING is answered.
    mutating func answerPing(_ token: UInt64) { pong = token }

    /// The time of the PING that this PONG answers, nil for any other PONG.
    mutating func pingAnswered(by token: UInt64) -> UInt64? {
        guard openPing == token else { return nil }
        openPing = nil
        return token
    }

    mutating func acknowledge(_ acknowledgement: Acknowledgement) {
        acknowledgements = acknowledgement.split(maxBytes: Self.maxAcknowledgementBytes)
    }

    /// The newest time replaces one that has not left yet.
    mutating func tell(wallMs: UInt64, isSure: Bool, now: UInt64) { clock = (wallMs, isSure, now) }

    mutating func taken(_ numbers: [UInt64]) { takenNumbers += numbers }

    mutating func refuse(_ number: UInt64, reason: RefusalReason, text: String) {
        refusals.append(Refusal(number: number, reason: reason, text: text))
    }

    /// The hello with as much of its acknowledgement as fits; the rest follows in ACK frames.
    mutating func fitting(_ hello: Hello) -> Hello {
        var pieces = hello.acknowledgement.split(maxBytes: Self.maxAcknowledgementBytes)
        let first = pieces.removeFirst()
        acknowledgements = pieces
        return Hello(
            version: hello.version, forwards: hello.forwards, epoch: hello.epoch, storeID: hello.storeID,
            knownEpoch: hello.knownEpoch, knownNumber: hello.knownNumber, sealingKeyID: hello.sealingKeyID,
            acknowledgement: first)
    }

    /// The next frame, encoded, that fits into `room` bytes.
    mutating func next(room: Int, now: UInt64) -> [UInt8]? {
        guard let frame = first(now: now) else { return nil }
        let encoded = frame.encode()
        guard encoded.count <= room else { return nil }
        removeFirst(now: now)
        return encoded
    }

    private func first(now: UInt64) -> LinkFrame? {
        if let hello { return .hello(hello) }
        if let pong { return .pong(pong) }
        if let clock {
            return .clock(wallMs: clock.wallMs + (now - min(now, clock.setAt)), isSure: clock.isSure)
        }
        if pingIsDue { return .ping(now) }
        if !takenNumbers.isEmpty { return .taken(Array(takenNumbers.prefix(Self.maxTakenPerFrame))) }
        if let acknowledgement = acknowledgements.first { return .ack(acknowledgement) }
        guard let refusal = refusals.first else { return nil }
        return .refused(number: refusal.number, reason: refusal.reason, text: refusal.text)
    }

    private mutating func removeFirst(now: UInt64) {
        if hello != nil {
            hello = nil
        } else if pong != nil {
            pong = nil
        } else if clock != nil {
            clock = nil
        } else if pingIsDue {
            pingIsDue = false
            openPing = now
        } else if !takenNumbers.isEmpty {
            takenNumbers.removeFirst(min(Self.maxTakenPerFrame, takenNumbers.count))
        } else if !acknowledgements.isEmpty {
            acknowledgements.removeFirst()
        } else if !refusals.isEmpty {
            refusals.removeFirst()
        }
    }
}
