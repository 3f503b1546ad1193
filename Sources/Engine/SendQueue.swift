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
        let slot: Int
    }

    private static let smallestFragment = 256

    private let settings: LinkSettings
    private var lanes = [Lane](repeating: Lane(), count: ParcelClass.allCases.count)
    private var scheduler = ClassScheduler()
    /// Bytes of one frame: what the classes are served by.
    var frameBytes: Int {
        get { scheduler.quantum }
        set { if newValue != scheduler.quantum { scheduler.quantum = newValue } }
    }
    private var inFlight: [UInt64: InFlight] = [:]
    private var bytesInFlight = [Int](repeating: 0, count: ParcelClass.allCases.count)
    private var lastNumber: UInt64 = 0

    init(settings: LinkSettings) {
        self.settings = settings
    }

    /// Bytes that wait, those of a started bundle included.
    var bytesWaiting: Int {
        ParcelClass.allCases.reduce(0) { $0 + bytesWaiting(in: $1) }
    }

    func bytesWaiting(in parcelClass: ParcelClass) -> Int {
        lanes[parcelClass.slot].bundles.reduce(0) { $0 + $1.bytes.count }
    }

    /// Bytes that wait of what nobody stores.
    var liveBytesWaiting: Int {
        lanes.reduce(0) { sum, lane in
            sum + lane.bundles.reduce(0) { $0 + ($1.isTaken ? 0 : $1.bytes.count) }
        }
    }

    var canSend: Bool { ParcelClass.allCases.contains(where: isSendable) }

    mutating func append(_ bundle: OutgoingBundle) {
        let slot = bundle.parcelClass.slot
        guard let topic = bundle.topic,
            let older = lanes[slot].bundles.lastIndex(where: { $0.topic == topic }),
            older > 0 || lanes[slot].started == nil
        else { return lanes[slot].bundles.append(bundle) }
        lanes[slot].bundles[older] = bundle
    }

    /// Forgets the live bundle that has waited longest, to make room for newer ones; false if there is none.
    mutating func dropOldestLive(in parcelClass: ParcelClass) -> Bool {
        let slot = parcelClass.slot
        let first = lanes[slot].started == nil ? 0 : 1
        guard let oldest = lanes[slot].bundles.dropFirst(first).firstIndex(where: { !$0.isTaken }) else {
            return false
        }
        lanes[slot].bundles.remove(at: oldest)
        return true
    }

    /// Drops what has waited until nobody cares.
    private mutating func dropExpired(now: UInt64) {
        for slot in lanes.indices {
            let first = lanes[slot].started == nil ? 0 : 1
            guard lanes[slot].bundles.count > first,
                lanes[slot].bundles[first...].contains(where: { $0.expiresAtMs <= now })
            else { continue }
            let started = lanes[slot].bundles[..<first]
            lanes[slot].bundles = started + lanes[slot].bundles[first...].filter { $0.expiresAtMs > now }
        }
    }

    /// The next fragment of at most `room` encoded bytes, or nil if there is no room or nothing to send.
    mutating func nextFragment(room: Int, now: UInt64) -> LinkFrame? {
        dropExpired(now: now)
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
        bytesInFlight[settled.slot] -= settled.bytes
        return settled.token
    }

    private func isSendable(_ parcelClass: ParcelClass) -> Bool {
        let lane = lanes[parcelClass.slot]
        guard let next = lane.bundles.first else { return false }
        let isCounted = lane.started != nil || !next.isTaken
        // What is less urgent never takes the room of what is more.
        let ahead = bytesInFlight[...parcelClass.slot].reduce(0, +)
        return isCounted || ahead == 0 || ahead + next.bytes.count <= settings.maxInFlightBytes
    }

    private mutating func start(_ bundle: OutgoingBundle) -> Started {
        lastNumber += 1
        if bundle.isTaken {
            let slot = bundle.parcelClass.slot
            inFlight[lastNumber] = InFlight(token: bundle.token, bytes: bundle.bytes.count, slot: slot)
            bytesInFlight[slot] += bundle.bytes.count
        }
        return Started(number: lastNumber, sent: 0)
    }
}
