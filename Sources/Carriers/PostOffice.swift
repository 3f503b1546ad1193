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
        /// Bytes kept for one origin while its destination is away.
        package var transitBytesPerOrigin = 512 << 20
        /// Milliseconds of service that mail lives.
        package var chatLifetimeMs: UInt64 = 30 * 86_400_000
        package var probeIntervalMs: UInt64 = 4_000

        package init() {}
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
    package private(set) var identity: BoxIdentity
    let eventLoop: any EventLoop
    package var settings: Settings
    package internal(set) var counts = Counts()
    package weak var correspondent: (any Correspondent)?
    /// Events for the log: text and the peer's name.
    package var note: (String, String?) -> Void = { _, _ in }
    /// The store is damaged or away: the box has to stop.
    package var broken: (String) -> Void = { _ in }

    var linkSettings = LinkSettings()
    var halfOpenLinks = HalfOpenLinks()
    private(set) var peers: [BoxID: Peer] = [:]
    private var isStopped = false
    var queuedBytes = 0
    /// Outbox rows whose removal is not synced yet.
    var removing: Set<Int64> = []
    var transitBytes: [BoxID: Int] = [:]
    var registerCounter: UInt64 = 0
    var transitCursor: [BoxID: Int64] = [:]

    package init(
        store: Store, identity: BoxIdentity, eventLoop: any EventLoop, settings: Settings
    ) throws(StorageError) {
        self.store = store
        self.identity = identity
        domain = identity.domain
        self.eventLoop = eventLoop
        self.settings = settings
        queuedBytes = try store.reader.queueDepths().reduce(0) { $0 + $1.bytes }
        transitBytes = Dictionary(try store.reader.transitBytesByOrigin(), uniquingKeysWith: +)
    }

    // MARK: The peer list

    /// Takes over the configured list: new peers are dialed at once, removed ones end, the others stay.
    package func setPeers(_ entries: [PeerEntry]) throws(StorageError) {
        var listed: Set<BoxID> = []
        for entry in entries {
            let box = entry.card.boxID
            listed.insert(box)
            if let known = peers[box] {
                known.update(entry)
                if !entry.direct, known.session != nil { known.session?.close() }
            } else {
                peers[box] = try open(entry)
            }
        }
        for (box, peer) in peers where !listed.contains(box) {
            peers[box] = nil
            peer.attempt?.close()
            peer.session?.close()
        }
    }

    private func open(_ entry: PeerEntry) throws(StorageError) -> Peer {
        let number = store.number(of: entry.card.boxID)
        let now = Clocks.monotonic()
        var dial = DialSchedule.Settings()
        dial.intervalMs = settings.probeIntervalMs
        dial.jitterMs = settings.probeIntervalMs / 4
        let restored = try restoreWaiting(number, entry.card, now)
        let peer = Peer(
            entry: entry, number: number,
            receiver: PeerReceiver(
                storeID: store.storeID, restored: try store.reader.received(peer: number),
                waiting: restored.map(\.parcel)),
            outbox: OutboxSettings(), dial: dial, wall: store.wallNow(), now: now)
        for (parcel, mail) in restored { peer.waiting[parcel.mail.name] = mail }
        for end in try store.reader.conversationEnds(peer: number) {
            peer.lastOfConversation[.init(sender: end.sender, recipient: end.recipient)] = end.name
        }
        peer.lastNumber = try store.reader.highestNumber(peer: number, epoch: store.epoch)
        try restoreRegisters(peer)
        try restoreKept(peer)
        return peer
    }

    func peer(linkKey: [UInt8]) -> Peer? { peers.values.first { $0.entry.card.linkKey == linkKey } }
    func peer(number: Int64) -> Peer? { peers.values.first { $0.office.number == number } }
    func peer(of office: Office) -> Peer? { peers.values.first { $0.office == office } }

    /// Forgets one peer's state in memory after a refused write, and ends its session: what was not
    /// acknowledged comes again.
    func reopen(_ peer: Peer) {
        peer.session?.close()
        do {
            peers[peer.box] = try open(peer.entry)
        } catch {
            broken(error.description)
        }
    }

    // MARK: Time

    package func start() { tick() }

    private func tick() {
        guard !isStopped else { return }
        let now = Clocks.monotonic()
        for peer in peers.values {
            if peer.entry.direct, !peer.entry.addresses.isEmpty, peer.dial.shouldDial(now: now) { dialNow(peer) }
            if peer.outbox.nextTick <= now { drain(peer) }
            if let due = peer.acknowledgementDue, due <= now { acknowledgeByHub(peer) }
            checkReachability(peer)
        }
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(200)) { self.tick() }
    }

    /// Hourly: what has outlived its time goes.
    package func expire() {
        let service = store.serviceClock.now()
        for peer in peers.values { perform(peer, peer.receiver.releaseOverdue(now: Clocks.monotonic()), current: nil) }
        store.journal.commit({ database in
            try database.expireTransit(at: service)
            try database.forgetDelivered(before: service > 90 * 86_400_000 ? service - 90 * 86_400_000 : 0)
        })
        expireOutbox(service)
    }

    package func stop() {
        isStopped = true
        for peer in peers.values {
            peer.attempt?.close()
            peer.session?.close()
        }
    }

    /// The name of a listed box.
    package func name(of box: BoxID) -> String? { peers[box]?.office.name }

    // MARK: Status

    package var status: [PeerStatus] {
        peers.values.sorted { $0.office.name < $1.office.name }.map { peer in
            let way = way(to: peer)
            let isSuspect = peer.session?.engine.state == .suspect
            return PeerStatus(
                name: peer.office.name, domain: peer.office.domain, fingerprint: peer.entry.card.fingerprint,
                addresses: peer.entry.addresses, upstream: peer.entry.upstream, direct: peer.entry.direct,
                state: way == nil ? "down" : isSuspect ? "degraded" : "up", way: wayName(way), since: peer.since,
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
