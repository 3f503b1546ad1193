internal import Bundles
internal import Engine
internal import Storage

extension PostOffice {
    /// The way that reaches the peer now: its own session, else a hub's that says it reaches it.
    func way(to peer: Peer) -> OutboxWay? {
        if let session = peer.session, !session.isClosed { return .direct }
        let reaching = hubs.filter { $0.reach.contains(peer.box) && peers[$0.box] === $0 }
        // As the planner chooses: an upstream before others, then the order of the list.
        return reaching.min { ($0.entry.upstream ? 0 : 1, $0.place) < ($1.entry.upstream ? 0 : 1, $1.place) }
            .map { .via($0.box) }
    }

    /// Who reaches others changed. A few hubs are asked for each peer's way, not all peers.
    private func listHubs() { hubs = peers.values.filter { $0.session != nil && !$0.reach.isEmpty } }

    /// Tells the relay when an office went dark or came back; true when it came back, and was told everything.
    @discardableResult
    func checkReachability(_ peer: Peer) -> Bool {
        let isReachable = way(to: peer) != nil
        guard isReachable != peer.wasReachable else { return false }
        peer.wasReachable = isReachable
        peer.since = store.wallNow()
        note(isReachable ? "line up" : "line down", peer.office.name)
        if isReachable {
            tellEverything(peer)
            tellIndex(peer)
            tellReceiptsSoon(peer)
        }
        correspondent?.officeChanged(peer.office)
        return isReachable
    }

    private func tellEverything(_ peer: Peer) {
        tellRegisters(peer)
        correspondent?.announceRegisters(to: peer.office)
        tellKeptAgain(peer)
    }

    // MARK: Sessions

    /// A session with a peer counts from now on.
    func counted(_ connection: LinkConnection, of peer: Peer, _ hello: Hello) {
        // The list may have changed while it shook hands.
        guard peers[peer.box] === peer, peer.entry.direct else { return connection.close() }
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
        peer.session = connection
        connection.tellClock()
        dialingSettled(connection, peer)
        peer.forwards = hello.forwards
        peer.transit = nil
        if !connection.dialedHere { learn(hello, from: peer) }
        let now = Clocks.monotonic()
        let acknowledgement = believable(hello.acknowledgement, peer)
        peer.outbox.wayUp(.direct, destinationReachable: true, received: acknowledgement, now: now)
        remove(covered: acknowledgement, peer)
        if hello.forwards { offerWay(over: peer) }
        if !checkReachability(peer) { tellEverything(peer) }
        announceReach()
        tellReceiptsSoon(peer)
        if settings.forwards { forwardWaiting(to: peer) }
        drainAll()
    }

    /// A connection ended, whatever it was.
    func ended(_ connection: LinkConnection, _ reason: LinkCloseReason?) {
        guard let peer = connection.peer else { return }
        if let reason, reason != .silent { note("link closed: \(reason.text)", peer.office.name) }
        let now = Clocks.monotonic()
        if peer.attempts.contains(where: { $0 === connection }) {
            peer.attempts.removeAll { $0 === connection }
            peer.dial.attemptFailed(now: now)
        }
        if let rate = connection.engine.measuredRate { peer.measuredRate = rate }
        guard peer.session === connection else { return }
        peer.session = nil
        sessionGone(peer)
        peer.dial.sessionLost(now: now)
        leaveDialing(to: peer)
        checkReachability(peer)
        for other in peers.values where other !== peer { checkReachability(other) }
        announceReach()
        drainAll()
    }

    private func sessionGone(_ peer: Peer) {
        peer.outbox.wayDown(.direct)
        peer.reach = []
        peer.reachRates = [:]
        peer.toldRate = 0
        peer.forwards = false
        peer.transit = nil
        listHubs()
        for other in peers.values where other !== peer { other.outbox.wayDown(.via(peer.box)) }
    }

    /// The peer, a hub, has told whom it reaches.
    func reachChanged(_ hub: Peer, _ register: ReachRegister) {
        hub.reach = Set(register.entries.map(\.box))
        hub.reachRates = register.rates
        listHubs()
        guard hub.session != nil, hub.forwards else { return }
        offerWay(over: hub)
        for other in peers.values where other !== hub { checkReachability(other) }
        drainAll()
    }

    /// A hub with a session is a way to every other peer.
    func offerWay(over hub: Peer) {
        for other in peers.values where other !== hub {
            other.outbox.wayUp(
                .via(hub.box), destinationReachable: hub.reach.contains(other.box),
                isUpstream: hub.entry.upstream, place: hub.place, received: nil, now: Clocks.monotonic())
        }
    }

    /// Whom this box reaches changed.
    func announceReach() {
        guard settings.forwards else { return }
        reachPace.changed()
        tellReachIfDue()
    }

    /// Tells every peer which others have a session here.
    private func tellReachIfDue() {
        guard reachPace.isDue else { return }
        let reached = peers.values.filter { $0.session != nil }
        guard reachPace.mayTell(sessions: reached.count, now: Clocks.monotonic()) else { return }
        for told in ReachRegister.values(for: reached.map { .init(box: $0.box, rate: $0.toldRate) }) {
            guard let peer = peers[told.box] else { continue }
            setRegister("reach", told.value, of: peer)
        }
    }

    /// Tells others when the line of a peer has become another one: they make bundles for it.
    func checkRates() {
        guard settings.forwards else { return }
        var isChanged = false
        for peer in peers.values {
            guard let session = peer.session else { continue }
            let power = ReachRegister.power(of: session.engine.likelyRate, told: peer.toldRate)
            guard power != peer.toldRate else { continue }
            peer.toldRate = power
            isChanged = true
        }
        if isChanged { reachPace.changed() }
        tellReachIfDue()
    }
}
