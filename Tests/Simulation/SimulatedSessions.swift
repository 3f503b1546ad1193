internal import Bundles
internal import Engine

/// Dialing, sessions, and what two boxes tell each other when they meet.
extension SimulatedBox {
    // MARK: Dialing

    func armDial(_ peer: SimulatedBox) {
        guard let next = dials[peer.index]?.nextTick, next != .max else { return }
        later(next > world.now ? next - world.now : 1) { [self] in
            guard dials[peer.index]?.shouldDial(now: world.now) == true else { return }
            dial(peer)
            armDial(peer)
        }
    }

    func dial(_ peer: SimulatedBox) {
        // Timers are looked at every 200 ms.
        later(world.number(1...240)) { [self] in
            if let connection = world.connect(self, peer) {
                connection.start()
            } else {
                dials[peer.index]?.attemptFailed(now: world.now)
                armDial(peer)
            }
        }
    }

    // MARK: Sessions

    private func hello(for peer: SimulatedBox) -> Hello {
        if isLiar { return lyingHello(for: peer) }
        let acknowledgement =
            memory.receivers[peer.index]?.acknowledgement
            ?? Acknowledgement(storeID: disk.storeID, epochs: [])
        let highest = acknowledgement.epochs.map(\.epoch).max() ?? .none
        let known = max(highest, truth.knownEpochs[peer.index] ?? .none)
        let number = acknowledgement.epochs.first { $0.epoch == known }?.numbers.max ?? 0
        return Hello(
            forwards: forwards, epoch: memory.epoch, storeID: disk.storeID, knownEpoch: known,
            knownNumber: number, acknowledgement: acknowledgement)
    }

    func handle(_ effect: LinkEffect, _ connection: SimulatedConnection) {
        let peer = connection.peer(of: self)
        switch effect {
        case .authenticate(let linkKey):
            if linkKey != peer.key.publicKey { world.violated("a wrong key was let in") }
            let hello = hello(for: peer)
            connection.said(hello, by: self)
            connection.with(self) { $0.accept(hello: hello, now: $1) }
        case .needHello(let theirs):
            learn(theirs, from: peer)
            let hello = hello(for: peer)
            connection.said(hello, by: self)
            connection.with(self) { $0.introduce(hello: hello, now: $1) }
        case .counted(let hello):
            connection.heard(hello, by: self)
            counted(connection, peer, hello)
        case .bundle(let bundle):
            arrived(bundle, connection, peer)
        case .openBundle(let bundle):
            arrived(bundle, connection, peer)
        case .taken(let tokens):
            for token in tokens { taken(token) }
        case .acknowledged(let acknowledgement):
            acknowledged(acknowledgement, by: peer)
        case .refused(let token, let reason, _):
            refused(token, reason)
        case .suspect:
            dial(peer)
        case .clock(let wallMs, let isSure):
            heardClock(wallMs, isSure, from: peer)
        case .recovered, .send, .close: break
        }
    }

    private func counted(_ connection: SimulatedConnection, _ peer: SimulatedBox, _ hello: Hello) {
        if let existing = sessions[peer.index], existing !== connection {
            let choice = SessionChoice.between(
                localKey: key.publicKey, remoteKey: peer.key.publicKey,
                existingDialedHere: existing.ends[0] === self, newDialedHere: connection.ends[0] === self,
                existingIsSuspect: existing.isSuspect(for: self))
            guard choice == .replaceExisting else { return connection.close(self) }
            sessions[peer.index] = nil
            sessionGone(peer)
            existing.close(self)
        }
        sessions[peer.index] = connection
        dials[peer.index]?.sessionCounts(now: world.now)
        if connection.ends[1] === self { learn(hello, from: peer) }
        let acknowledgement = believable(hello.acknowledgement, peer)
        memory.outboxes[peer.index]?.wayUp(
            .direct, destinationReachable: true, received: acknowledgement, now: world.now)
        deleteAcknowledged(by: peer, acknowledgement)
        if hello.forwards { for other in peers where other !== peer { giveWay(through: peer, to: other) } }
        // A hub that reaches nobody yet takes mail all the same, and says nothing of whom it reaches.
        for other in peers where other === peer || truth.rows[other.index]?.isEmpty == false {
            plan(other.index)
        }
        forwardHeld(to: peer)
        tellClock(connection)
        reportReach()
        sendReach(to: peer)
    }

    func ended(_ connection: SimulatedConnection) {
        guard isUp else { return }
        let peer = connection.peer(of: self)
        dials[peer.index]?.attemptFailed(now: world.now)
        if sessions[peer.index] === connection {
            sessions[peer.index] = nil
            sessionGone(peer)
            dials[peer.index]?.sessionLost(now: world.now)
            for other in peers where memory.outboxes[other.index]?.parcelsInMemory ?? 0 > 0 {
                plan(other.index)
            }
            reportReach()
        }
        armDial(peer)
    }

    private func sessionGone(_ peer: SimulatedBox) {
        reach[peer.index] = nil
        memory.outboxes[peer.index]?.wayDown(.direct)
        for other in peers where other !== peer { memory.outboxes[other.index]?.wayDown(.via(peer.boxID)) }
        let mine = truth.held.filter { $0.to == peer.index }.map(\.id)
        heldUnderWay.subtract(mine)
    }

    // MARK: Whom a hub reaches

    /// A hub tells those with whom it has a session, a little later, so that what comes at once is one report.
    private func reportReach() {
        guard forwards else { return }
        memory.reachPace.changed()
        reportIfDue()
    }

    private func reportIfDue() {
        guard !isReporting else { return }
        isReporting = true
        later(world.number(5...300)) { [self] in
            isReporting = false
            guard memory.reachPace.mayTell(sessions: sessions.count, now: world.now) else {
                if memory.reachPace.isDue { reportIfDue() }
                return
            }
            for neighbour in neighbours where sessions[neighbour.index] != nil { sendReach(to: neighbour) }
        }
    }

    private func sendReach(to neighbour: SimulatedBox) {
        guard forwards else { return }
        lastReport += 1
        let report = lastReport
        let reached =
            isLiar
            ? neighbour.isPeer
            : neighbour.isPeer.filter { $0 != neighbour.index && sessions[$0] != nil }
        neighbour.later(world.number(5...300)) { [self] in
            neighbour.hear(reach: reached, report: report, of: self)
        }
    }

    private func hear(reach boxes: Set<Int>, report: UInt64, of hub: SimulatedBox) {
        guard sessions[hub.index] != nil, report > reach[hub.index]?.report ?? 0 else { return }
        let before = reach[hub.index]?.boxes ?? []
        reach[hub.index] = (report, boxes)
        for other in peers where before.contains(other.index) != boxes.contains(other.index) {
            giveWay(through: hub, to: other)
            plan(other.index)
        }
    }

    private func giveWay(through hub: SimulatedBox, to other: SimulatedBox) {
        guard other !== hub else { return }
        memory.outboxes[other.index]?.wayUp(
            .via(hub.boxID), destinationReachable: reach[hub.index]?.boxes.contains(other.index) ?? false,
            isUpstream: !hub.isLiar, received: nil, now: world.now)
    }

    // MARK: Epochs

    /// What a peer's hello says of its store, and of us.
    private func learn(_ hello: Hello, from peer: SimulatedBox) {
        if hello.epoch > truth.knownEpochs[peer.index] ?? .none {
            change { $0.knownEpochs[peer.index] = hello.epoch }
        }
        heardOwn(hello.knownEpoch, from: peer)
        check(hello.knownEpoch, hello.knownNumber, peer)
        if let before = truth.storeIDs[peer.index], before != hello.storeID {
            for other in peers {
                memory.outboxes[other.index]?.storeChanged(of: peer.boxID, now: world.now)
                plan(other.index)
            }
            change { disk in
                for destination in disk.rows.keys {
                    disk.rows[destination] = disk.rows[destination]?.map { row in
                        var kept = row
                        if row.leftBy == peer.boxID { kept.leftBy = nil }
                        return kept
                    }
                }
            }
        }
        if truth.storeIDs[peer.index] != hello.storeID {
            change { $0.storeIDs[peer.index] = hello.storeID }
        }
    }

    /// A peer knows an epoch of this box's, perhaps one that it has forgotten.
    func heardOwn(_ epoch: Epoch, from peer: SimulatedBox) {
        guard epoch > memory.epoch, epoch.isBelievable(own: memory.epoch),
            memory.names[peer.index]?.mayClaim() == true
        else { return }
        drawEpoch(above: epoch)
    }

    func believable(_ claimed: Acknowledgement, _ peer: SimulatedBox) -> Acknowledgement {
        for entry in claimed.epochs { check(entry.epoch, entry.numbers.max ?? 0, peer) }
        return memory.names[peer.index]?.believable(claimed) ?? claimed
    }

    private func check(_ epoch: Epoch, _ number: UInt64, _ peer: SimulatedBox) {
        let own = memory.ownEpochs
        guard memory.names[peer.index]?.isExposed(epoch, number, ownEpochs: own) == true else { return }
        drawEpoch(above: memory.epoch)
        memory.names[peer.index]?.renamed(from: epoch)
        let fresh = memory.epoch
        for (conversation, name) in memory.lastName
        where conversation.to == peer.index && name.epoch == epoch {
            memory.lastName[conversation] = ParcelName(epoch: fresh, number: name.number)
        }
        change {
            $0.rename(to: peer.index, from: epoch, to: fresh)
        } then: { [self] in
            memory.outboxes[peer.index]?.reload()
            plan(peer.index)
        }
    }

    private func drawEpoch(above other: Epoch) {
        let old = memory.epoch
        for peer in peers { memory.names[peer.index]?.epochDrawn(insteadOf: old) }
        memory.epoch = Epoch.drawing(above: max(other, old), using: &world.random)
        memory.ownEpochs.insert(memory.epoch)
        let drawn = memory.epoch
        change { $0.epoch = drawn }
    }
}
