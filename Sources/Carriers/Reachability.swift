internal import Bundles
internal import Engine
internal import Storage

extension PostOffice {
    /// The way that reaches the peer now: its own session, else a hub's that says it reaches it.
    func way(to peer: Peer) -> OutboxWay? {
        if let session = peer.session, !session.isClosed { return .direct }
        let hubs = peers.values.filter { $0.session != nil && $0.reach.contains(peer.box) }
        return hubs.min { $0.box.description < $1.box.description }.map { .via($0.box) }
    }

    /// Tells the relay when an office went dark or came back.
    func checkReachability(_ peer: Peer) {
        let isReachable = way(to: peer) != nil
        guard isReachable != peer.wasReachable else { return }
        peer.wasReachable = isReachable
        peer.since = store.wallNow()
        note(isReachable ? "line up" : "line down", peer.office.name)
        if isReachable {
            tellRegisters(peer)
            correspondent?.announceRegisters(to: peer.office)
            tellKeptAgain(peer)
        }
        correspondent?.officeChanged(peer.office)
    }

    // MARK: Sessions

    /// A session with a peer counts from now on.
    func counted(_ connection: LinkConnection, of peer: Peer, _ hello: Hello) {
        if let existing = peer.session, existing !== connection {
            let choice = SessionChoice.between(
                localKey: identity.link.publicKey, remoteKey: peer.entry.card.linkKey,
                existingDialedHere: existing.dialedHere, newDialedHere: connection.dialedHere,
                existingIsSuspect: existing.engine.state == .suspect)
            guard choice == .replaceExisting else { return connection.close() }
            peer.session = nil
            sessionGone(peer)
            existing.close()
        }
        if peer.attempt === connection { peer.attempt = nil }
        peer.session = connection
        peer.dial.sessionCounts()
        if !connection.dialedHere { learn(hello, from: peer) }
        let now = Clocks.monotonic()
        peer.outbox.wayUp(.direct, destinationReachable: true, received: hello.acknowledgement, now: now)
        remove(covered: hello.acknowledgement, peer)
        if hello.forwards {
            for other in peers.values where other !== peer {
                other.outbox.wayUp(
                    .via(peer.box), destinationReachable: peer.reach.contains(other.box), received: nil, now: now)
            }
        }
        checkReachability(peer)
        tellRegisters(peer)
        announceReach()
        correspondent?.announceRegisters(to: peer.office)
        tellKeptAgain(peer)
        if settings.forwards { forwardWaiting(to: peer) }
        drainAll()
    }

    /// A connection ended, whatever it was.
    func ended(_ connection: LinkConnection, _ reason: LinkCloseReason?) {
        guard let peer = connection.peer else { return }
        if let reason, reason != .silent { note("link closed: \(reason.text)", peer.office.name) }
        let now = Clocks.monotonic()
        if peer.attempt === connection {
            peer.attempt = nil
            peer.dial.attemptFailed(now: now)
        }
        guard peer.session === connection else { return }
        peer.session = nil
        sessionGone(peer)
        peer.dial.sessionLost(now: now)
        checkReachability(peer)
        for other in peers.values where other !== peer { checkReachability(other) }
        announceReach()
        drainAll()
    }

    private func sessionGone(_ peer: Peer) {
        peer.outbox.wayDown(.direct)
        peer.reach = []
        transitCursor[peer.box] = nil
        for other in peers.values where other !== peer { other.outbox.wayDown(.via(peer.box)) }
    }

    /// The peer, a hub, has told whom it reaches.
    func reachChanged(_ hub: Peer, _ boxes: Set<BoxID>) {
        hub.reach = boxes
        guard hub.session != nil else { return }
        let now = Clocks.monotonic()
        for other in peers.values where other !== hub {
            other.outbox.wayUp(.via(hub.box), destinationReachable: boxes.contains(other.box), received: nil, now: now)
            checkReachability(other)
        }
        drainAll()
    }

    /// Tells every peer which others have a session here.
    func announceReach() {
        guard settings.forwards else { return }
        let reached = peers.values.filter { $0.session != nil }
        for peer in reached {
            let others = reached.filter { $0 !== peer }.map(\.box.bytes).sorted { $0.lexicographicallyPrecedes($1) }
            setRegister("reach", others.flatMap { $0 }, of: peer)
        }
    }

    // MARK: Hellos

    func hello(for peer: Peer) -> Hello {
        let highest = peer.receiver.acknowledgement.epochs.map(\.epoch).max() ?? .none
        let known = max(highest, peer.knownEpoch)
        let number = peer.receiver.acknowledgement.epochs.first { $0.epoch == known }?.numbers.max ?? 0
        return Hello(
            forwards: settings.forwards, epoch: store.epoch, storeID: store.storeID, knownEpoch: known,
            knownNumber: number, acknowledgement: peer.receiver.acknowledgement)
    }

    /// What a peer's hello says of its store, and of us.
    func learn(_ hello: Hello, from peer: Peer) {
        if hello.epoch > peer.knownEpoch { setKnownEpoch(hello.epoch, peer) }
        if hello.knownEpoch > store.epoch, hello.knownEpoch.isBelievable(own: store.epoch) {
            note("this box's past is known from elsewhere (a copied disk?): drawing a new epoch", peer.office.name)
            drawEpoch(above: hello.knownEpoch)
        } else if hello.knownEpoch == store.epoch, hello.knownNumber > peer.lastNumber {
            note("numbers of this run are known that it has not given: naming anew", peer.office.name)
            nameAnew(peer)
        }
        if let before = peer.knownStore, before != hello.storeID {
            note("its store is a new one: what it had taken is offered again", peer.office.name)
            let hub = peer.box
            let now = Clocks.monotonic()
            for other in peers.values { other.outbox.storeChanged(of: hub, now: now) }
            forgetTold()
            store.journal.commit({ try $0.forgetLeft(by: hub) })
        }
        setKnownStore(hello.storeID, peer)
    }

    private func drawEpoch(above other: Epoch) {
        store.drawEpoch(above: other)
        for peer in peers.values { peer.lastNumber = 0 }
    }

    /// Gives the unacknowledged parcels of this run new names: others have them already.
    private func nameAnew(_ peer: Peer) {
        let old = store.epoch
        drawEpoch(above: old)
        let new = store.epoch
        let number = peer.office.number
        // Row order is the order of acceptance, and stays it.
        let rows = (try? store.reader.outboxIDs(peer: number, epoch: old)) ?? []
        peer.lastNumber = UInt64(rows.count)
        store.journal.commit({ try $0.rename(rows, peer: number, to: new) }) { error in
            guard error == nil else { return }
            peer.lastOfConversation = [:]
            peer.outbox.reload()
            self.drain(peer)
        }
    }
}
