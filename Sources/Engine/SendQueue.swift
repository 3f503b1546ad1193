import Bundles

/// The bundles of a session that go out, cut into fragments, the higher class between the fragments of
/// the lower one.
struct SendQueue: Sendable {
    private struct Started: Sendable {
        let number: UInt64
        var sent: Int
    }

    private struct Lane: Sendable {
        var bundles: [OutgoingBundle] = []
        var started: Started?
    }

    private struct InFlight: Sendable {
        let token: UInt64
        let bytes: Int
    }

    private static let smallestFragment = 256

    private let settings: LinkSettings
    private var lanes = [Lane](repeating: Lane(), count: ParcelClass.allCases.count)
    private var scheduler = ClassScheduler()
    private var inFlight: [UInt64: InFlight] = [:]
    private(set) var bytesInFlight = 0
    private var lastNumber: UInt64 = 0

    init(settings: LinkSettings) {
        self.settings = settings
    }

    /// Bytes that wait, those of a started bundle included.
    var bytesWaiting: Int {
        lanes.reduce(0) { sum, lane in sum + lane.bundles.reduce(0) { $0 + $1.bytes.count } }
    }

    var canSend: Bool { ParcelClass.allCases.contains(where: isSendable) }

    mutating func append(_ bundle: OutgoingBundle) {
        lanes[bundle.parcelClass.slot].bundles.append(bundle)
    }

    /// The next fragment of at most `room` encoded bytes, or nil if there is no room or nothing to send.
    mutating func nextFragment(room: Int) -> LinkFrame? {
        let capacity = min(room - LinkFormat.maxFragmentOverhead, settings.fragmentBytes)
        // A crumb at the end of a record is not worth its overhead.
        guard capacity >= min(Self.smallestFragment, settings.fragmentBytes), capacity > 0 else { return nil }
        let sendable = ParcelClass.allCases.map(isSendable)
        guard let parcelClass = scheduler.choose(where: { sendable[$0.slot] }) else { return nil }
        let slot = parcelClass.slot
        guard let bundle = lanes[slot].bundles.first else { return nil }
        let isFirst = lanes[slot].started == nil
        var started = lanes[slot].started ?? start(bundle)
        let end = min(bundle.bytes.count, started.sent + capacity)
        let bytes = Array(bundle.bytes[started.sent..<end])
        started.sent = end
        let isLast = end == bundle.bytes.count
        lanes[slot].started = isLast ? nil : started
        if isLast { lanes[slot].bundles.removeFirst() }
        scheduler.charge(parcelClass, bytes: bytes.count)
        return .fragment(
            Fragment(
                bundle: started.number, class: parcelClass, isLast: isLast, isOpen: bundle.isOpen,
                heldSeconds: isFirst ? bundle.heldSeconds : nil, bytes: bytes))
    }

    /// The peer answered for this bundle. Returns its token, nil if it was answered for before.
    mutating func settle(_ number: UInt64) throws(LinkCloseReason) -> UInt64? {
        guard number >= 1, number <= lastNumber else { throw .unknownBundleNumber }
        guard let settled = inFlight.removeValue(forKey: number) else { return nil }
        bytesInFlight -= settled.bytes
        return settled.token
    }

    private func isSendable(_ parcelClass: ParcelClass) -> Bool {
        let lane = lanes[parcelClass.slot]
        guard let next = lane.bundles.first else { return false }
        let isCounted = lane.started != nil || !next.isTaken
        return isCounted || bytesInFlight == 0
            || bytesInFlight + next.bytes.count <= settings.maxInFlightBytes
    }

    private mutating func start(_ bundle: OutgoingBundle) -> Started {
        lastNumber += 1
        if bundle.isTaken {
            inFlight[lastNumber] = InFlight(token: bundle.token, bytes: bundle.bytes.count)
            bytesInFlight += bundle.bytes.count
        }
        return Started(number: lastNumber, sent: 0)
    }
}
