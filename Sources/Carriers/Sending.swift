internal import Bundles
internal import Engine
internal import Storage
internal import XMPP

extension PostOffice {
    // MARK: Planning

    func drainAll() { for peer in peers.values { drain(peer) } }

    /// Does what the peer's queue wants done now.
    func drain(_ peer: Peer) {
        // A load is answered at once and may lead to sends: a few rounds, the rest at the next tick.
        for way in peer.outbox.knownWays { peer.outbox.setPace(pace(of: way, to: peer), of: way) }
        for _ in 0..<8 {
            let effects = peer.outbox.next(now: Clocks.monotonic())
            guard !effects.isEmpty else { return }
            for effect in effects { perform(effect, peer) }
        }
    }

    /// What is known of the line of a way.
    private func pace(of way: OutboxWay, to peer: Peer) -> OutboxPace? {
        guard let engine = session(way, peer)?.engine, let rate = engine.likelyRate else { return nil }
        var slowest = rate
        if case .via(let hub) = way, let beyond = peers[hub]?.reachRates[peer.box] {
            slowest = min(rate, beyond)
        }
        return OutboxPace(bytesPerSecond: slowest, roundTripMs: engine.measuredRoundTripMs ?? 0)
    }

    private func perform(_ effect: OutboxEffect, _ peer: Peer) {
        switch effect {
        case .load(let after, let limit): load(peer, after, limit)
        case .send(let way, let names, let parcelClass): send(names, parcelClass, to: peer, way)
        case .expire(let names): expire(names, peer)
        }
    }

    private func load(_ peer: Peer, _ after: Int64, _ limit: Int) {
        do {
            let rows = try store.reader.outboxPage(peer: peer.office.number, after: after, limit: limit)
            peer.outbox.loaded(heads: rows.map(head), more: rows.count == limit, after: after)
        } catch {
            broken(error.description)
        }
    }

    private func head(_ row: OutboxRow) -> ParcelHead {
        let age = store.serviceClock.age(since: row.entered)
        let left = row.lifetime > age ? row.lifetime - age : 0
        return ParcelHead(
            name: row.name, parcelClass: row.parcelClass, sender: row.sender, bytes: row.size, rowID: row.id,
            expiresAtMs: Clocks.monotonic() + left)
    }

    // MARK: Bundles

    func session(_ way: OutboxWay, _ peer: Peer) -> LinkConnection? {
        switch way {
        case .direct: peer.session
        case .via(let hub): peers[hub]?.session
        }
    }

    private func send(_ names: [ParcelName], _ parcelClass: ParcelClass, to peer: Peer, _ way: OutboxWay) {
        guard let session = session(way, peer), let epoch = names.first?.epoch else { return }
        if let highest = names.max() { noteSent(highest, to: peer) }
        do {
            var groups: [Int64: [Parcel]] = [:]
            var order: [Int64] = []
            var included: [ParcelName] = []
            var size = 0
            var lifetime: UInt64 = 0
            for name in names {
                guard let row = try store.reader.outboxRow(name: name, peer: peer.office.number) else {
                    continue
                }
                guard let bytes = try readable(row, peer) else {
                    giveUp(row, peer)
                    continue
                }
                let parcel = try parcel(row, bytes, peer)
                let cost = Bundle.contentSize(parcelBytes: parcel.encodedSize)
                if size + cost > Bundle.contentCapacity, !included.isEmpty {
                    dispatch(
                        order.compactMap { groups[$0] }, included, parcelClass, epoch, lifetime, peer, way,
                        session)
                    (groups, order, included, size) = ([:], [], [], 0)
                }
                if groups[row.sender] == nil { order.append(row.sender) }
                groups[row.sender, default: []].append(parcel)
                included.append(name)
                size += cost
                let age = store.serviceClock.age(since: row.entered)
                lifetime = max(lifetime, row.lifetime > age ? (row.lifetime - age) / 1_000 : 0)
            }
            guard !included.isEmpty else { return }
            dispatch(
                order.compactMap { groups[$0] }, included, parcelClass, epoch, lifetime, peer, way, session)
        } catch {
            broken("\(error)")
        }
    }

    /// From now on the peer may know this number, and those below it.
    func noteSent(_ name: ParcelName, to peer: Peer) {
        peer.names.sent([name], ownEpochs: ownEpochs)
    }

    private func dispatch(
        _ groups: [[Parcel]], _ names: [ParcelName], _ parcelClass: ParcelClass, _ epoch: Epoch,
        _ lifetime: UInt64,
        _ peer: Peer, _ way: OutboxWay, _ session: LinkConnection
    ) {
        let content = BundleParts(
            groups: groups, parcelClass: parcelClass, isLive: false, epoch: epoch, lifetime: lifetime)
        guard let (bytes, isOpen) = encode(content, for: peer, way, session) else { return }
        let parcelBytes = groups.reduce(0) { $0 + $1.reduce(0) { $0 + $1.encodedSize } }
        peer.outbox.sealed(parcelBytes: parcelBytes, bundleBytes: bytes.count)
        session.send(
            bytes, class: parcelClass, held: 0, as: .mail(destination: peer.box, way: way, names: names),
            isOpen: isOpen)
    }

    /// What a bundle is made of.
    struct BundleParts {
        let groups: [[Parcel]]
        let parcelClass: ParcelClass
        let isLive: Bool
        let epoch: Epoch
        /// Seconds.
        let lifetime: UInt64
    }

    /// Gives a bundle to a session: open on the destination's own, sealed on any other.
    @discardableResult
    func post(
        _ parts: BundleParts, to peer: Peer, _ way: OutboxWay, _ session: LinkConnection,
        as meaning: LinkConnection.SentBundle
    ) -> Bool {
        guard let (bytes, isOpen) = encode(parts, for: peer, way, session) else { return false }
        return session.send(bytes, class: parts.parcelClass, held: 0, as: meaning, isOpen: isOpen)
    }

    private func encode(
        _ parts: BundleParts, for peer: Peer, _ way: OutboxWay, _ session: LinkConnection
    ) -> (bytes: [UInt8], isOpen: Bool)? {
        guard way == .direct else {
            let sealed = seal(
                parts.groups, class: parts.parcelClass, isLive: parts.isLive, epoch: parts.epoch,
                lifetime: parts.lifetime, for: peer)
            return sealed.map { ($0, false) }
        }
        do {
            let open = try OpenBundle.encode(
                parts.groups, isLive: parts.isLive,
                epoch: parts.epoch == session.ownEpoch ? nil : parts.epoch)
            return (open, true)
        } catch {
            note("a bundle cannot be made: \(error)", peer.office.name)
            return nil
        }
    }

    func parcel(_ row: OutboxRow, _ bytes: [UInt8], _ peer: Peer) throws(StorageError) -> Parcel {
        if row.kind == .skipped {
            return .skipped(number: row.name.number, SkippedNotice.decode(bytes))
        }
        var previous = Parcel.Previous.none
        // A predecessor that the destination has acknowledged, or that was skipped, holds nothing up.
        if let before = row.previous, try store.reader.outboxHas(before, peer: peer.office.number) {
            previous =
                before.epoch == row.name.epoch
                ? .sameEpoch(before.number) : .other(before.epoch, before.number)
        }
        return .mail(number: row.name.number, previous: previous, acceptedMs: row.accepted, stanza: bytes)
    }

    func seal(
        _ groups: [[Parcel]], class parcelClass: ParcelClass, isLive: Bool, epoch: Epoch, lifetime: UInt64,
        for peer: Peer
    ) -> [UInt8]? {
        let header = BundleHeader(
            class: parcelClass, isLive: isLive, origin: identity.boxID, destination: peer.box, epoch: epoch,
            sealingKeyID: peer.sealingKey.id, lifetimeSeconds: lifetime)
        do {
            return try Bundle.seal(
                header, groups: groups, sender: identity.link, recipientSealingKey: peer.sealingKey.key)
        } catch {
            note("a bundle cannot be sealed: \(error)", peer.office.name)
            return nil
        }
    }

    /// Sends one parcel that nobody stores, by whatever way is up.
    /// - Parameters:
    ///   - topic: what it says something newer about; an older one that still waits is replaced.
    ///   - seconds: so long it may wait; nil when it may wait as long as the session lasts.
    func sendUnstored(
        _ parcel: Parcel, class parcelClass: ParcelClass, to peer: Peer, topic: String? = nil,
        forSeconds seconds: UInt64? = nil
    ) -> Bool {
        guard let way = way(to: peer), let session = session(way, peer) else { return false }
        let parts = BundleParts(
            groups: [[parcel]], parcelClass: parcelClass, isLive: true, epoch: store.epoch,
            lifetime: seconds ?? 60)
        guard let (bytes, isOpen) = encode(parts, for: peer, way, session) else { return false }
        let live = LinkConnection.LiveBundle(
            bytes: bytes, parcelClass: parcelClass, isOpen: isOpen,
            topic: topic.map { "\(peer.box) \($0)" }, seconds: seconds)
        return session.sendLive(live)
    }

    // MARK: What became of them

    func taken(_ meaning: LinkConnection.SentBundle, by peer: Peer) {
        switch meaning {
        case .mail(let destination, let way, let names):
            guard let target = peers[destination] else { return }
            // The destination itself has synced an open bundle: nothing else acknowledges its mail.
            guard way != .direct else {
                acknowledged(by: target, .init(storeID: 0, naming: names))
                return
            }
            target.outbox.taken(by: way, names: names, now: Clocks.monotonic())
            if case .via(let hub) = way {
                left(names, target, by: hub)
            }
            drain(target)
        case .transit(let row, let destination): transitDelivered(row, to: destination)
        case .register(let destination, let key, let version): registerTaken(key, version, destination)
        case .blob(let destination, let token): blobs?.taken(token, to: destination)
        }
    }

    func refused(_ meaning: LinkConnection.SentBundle, by peer: Peer, _ reason: RefusalReason, _ text: String)
    {
        note("a bundle was refused (\(reason.rawValue)): \(text)", peer.office.name)
        switch meaning {
        case .mail(let destination, let way, let names):
            peers[destination]?.outbox.refused(by: way, names: names, now: Clocks.monotonic())
        case .transit(let row, let destination): transitRefused(row, to: destination, reason)
        case .blob(let destination, let token): blobs?.refused(token, to: destination, reason)
        case .register: break
        }
    }

    /// The destination has this mail on its disk: it is done.
    func acknowledged(by peer: Peer, _ claimed: Acknowledgement) {
        let acknowledgement = believable(claimed, peer)
        _ = peer.outbox.acknowledged(acknowledgement, now: Clocks.monotonic())
        remove(covered: acknowledgement, peer)
        drain(peer)
    }
}
