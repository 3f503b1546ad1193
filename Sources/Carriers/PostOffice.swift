package import Bundles
internal import Engine
package import NIOCore
package import Storage

/// All peers of this box: parcels out, parcels in, and bundles that pass through.
package final class PostOffice {
    package struct Settings: Sendable {
        /// Whether bundles between other peers are taken.
        package var forwards = true
        /// Bytes that may wait for all peers together.
        package var outboxBytes = 2 << 30
        /// Bytes that may wait for one peer.
        package var outboxBytesPerPeer = 1 << 30
        /// Bytes kept for one origin while its destination is away.
        package var transitBytesPerOrigin = 512 << 20
        /// Milliseconds of service that mail lives.
        package var chatLifetimeMs: UInt64 = 30 * 86_400_000
        /// The same for other classes, where it differs.
        package var lifetimesMs: [ParcelClass: UInt64] = [:]
        package var probeIntervalMs: UInt64 = 4_000

        package init() {}

        /// Milliseconds of service that mail of a class lives.
        func lifetime(_ parcelClass: ParcelClass) -> UInt64 { lifetimesMs[parcelClass] ?? chatLifetimeMs }
        var quota: OutboxQuota { OutboxQuota(total: outboxBytes, perPeer: outboxBytesPerPeer) }
    }

    /// Counts since the start.
    package struct Counts: Sendable {
        package var unknownKeys = 0
        package var refusedParcels = 0
        package var alarms = 0
        package var forwarded = 0
        package var bytesSent = 0
    }

    package let store: Store
    let domain: String
    package internal(set) var identity: BoxIdentity
    let eventLoop: any EventLoop
    package var settings: Settings
    package internal(set) var counts = Counts()
    package weak var correspondent: (any Correspondent)?
    /// Events for the log: text and the peer's name.
    package var note: (String, String?) -> Void = { _, _ in }
    /// The store is damaged or away: the box has to stop.
    package var broken: (String) -> Void = { _ in }
    /// Writes the key file durably, or throws. Without it sealing keys are not changed.
    package var saveIdentity: ((BoxIdentity) throws -> Void)?
    /// Whether the disk has no room for mail of others.
    package var isDiskFull: () -> Bool = { false }

    /// A dead line is known to be dead within 15 s: the silence and the time to act on it together.
    var linkSettings: LinkSettings = {
        var settings = LinkSettings()
        settings.silenceDownMs = 14_500
        return settings
    }()
    var halfOpenLinks = HalfOpenLinks()
    var connectionsMade: UInt64 = 0
    /// Files to and of other boxes; nil in a box that does not serve.
    package internal(set) var blobs: BlobExchange?
    var peers: [BoxID: Peer] = [:]
    /// Boxes that left the list in this life, by number.
    var retired: [Int64: RetiredPeer] = [:]
    /// The epochs of this life: nobody can know numbers in them that this box has not sent.
    var ownEpochs: Set<Epoch>
    private var isStopped = false
    var queuedBytes = 0
    /// The same by peer, by its number: also of peers that left the list.
    var queuedBytesByPeer: [Int64: Int] = [:]
    /// Mail that an administrator holds back, also as it comes.
    var holds: [HoldRow] = []
    /// Acknowledged numbers whose rows are being removed, by peer.
    var covered: [Int64: CoveredMail] = [:]
    /// Peers with a session that say whom they reach.
    var hubs: [Peer] = []
    var reachPace = ReachPace()
    /// Parcels that wait for all peers together.
    package internal(set) var queuedParcels = 0
    /// Outbox rows whose removal is not synced yet.
    var removing: Set<Int64> = []
    var transitBytes: [BoxID: Int] = [:]
    var registerCounter: UInt64 = 0
    /// Bundles for others whose removal is not synced yet.
    var removingTransit: Set<Int64> = []

    package init(
        store: Store, identity: BoxIdentity, eventLoop: any EventLoop, settings: Settings
    ) throws(StorageError) {
        self.store = store
        self.identity = identity
        domain = identity.domain
        self.eventLoop = eventLoop
        self.settings = settings
        ownEpochs = [store.epoch]
        for depth in try store.reader.queueDepths() {
            queuedBytes += depth.bytes
            queuedBytesByPeer[depth.peer, default: 0] += depth.bytes
            queuedParcels += depth.parcels
        }
        transitBytes = Dictionary(try store.reader.transitBytesByOrigin(), uniquingKeysWith: +)
        holds = try store.reader.holds()
    }

    // MARK: Peers

    func peer(linkKey: [UInt8]) -> Peer? { peers.values.first { $0.entry.card.linkKey == linkKey } }
    func peer(number: Int64) -> Peer? { peers.values.first { $0.office.number == number } }
    func peer(of office: Office) -> Peer? { peers.values.first { $0.office == office } }

    // MARK: Time

    package func start() { tick() }

    private func tick() {
        guard !isStopped else { return }
        let now = Clocks.monotonic()
        for peer in peers.values {
            dialIfDue(peer, now)
            if peer.outbox.nextTick <= now { drain(peer) }
            if let due = peer.acknowledgementDue, due <= now { acknowledgeByHub(peer) }
            if let due = peer.registersDue, due <= now { tellUntold(peer) }
            if let due = peer.receiptsDue, due <= now { tellReceipts(peer) }
            if !peer.unsentOnce.isEmpty { tellUnsentOnce(peer) }
            checkReachability(peer)
        }
        checkRates()
        blobs?.tick()
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(200)) { self.tick() }
    }

    package func stop() {
        isStopped = true
        for peer in peers.values {
            peer.closeAttempts()
            peer.session?.close()
        }
    }

    /// The name of a listed box.
    package func name(of box: BoxID) -> String? { peers[box]?.office.name }

    // MARK: Status

    package var status: [PeerStatus] {
        peers.values.sorted { $0.office.name < $1.office.name }.map { peer in
            let way = way(to: peer)
            let engine = way.flatMap { session($0, peer)?.engine }
            let isSuspect = peer.session?.engine.state == .suspect
            return PeerStatus(
                name: peer.office.name, domain: peer.office.domain, fingerprint: peer.entry.card.fingerprint,
                addresses: peer.entry.addresses, upstream: peer.entry.upstream, direct: peer.entry.direct,
                state: way == nil ? "down" : isSuspect ? "degraded" : "up", way: wayName(way),
                rate: engine?.measuredRate, roundTripMs: engine?.measuredRoundTripMs, since: peer.since,
                number: peer.office.number)
        }
    }

    private func wayName(_ way: OutboxWay?) -> String? {
        switch way {
        case .direct: "direct"
        case .via(let hub): "via:" + (peers[hub]?.office.name ?? hub.description)
        case nil: nil
        }
    }
}
