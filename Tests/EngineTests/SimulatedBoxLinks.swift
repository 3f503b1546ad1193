import Bundles

@testable import Engine

/// Sessions, the outbox at work, and what a hub does.
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
        later(world.number(1...40)) { [self] in
            if let connection = world.connect(self, peer) {
                connection.start()
            } else {
                dials[peer.index]?.attemptFailed(now: world.now)
                armDial(peer)
            }
        }
    }

    // MARK: Sessions

    func hello(for peer: SimulatedBox) -> Hello {
        let known = (disk.received[peer.index] ?? [:]).max { $0.key < $1.key }
        return Hello(
            forwards: forwards, epoch: epoch, storeID: disk.storeID, knownEpoch: known?.key ?? .none,
            knownNumber: known?.value.max ?? 0,
            acknowledgement: receivers[peer.index]?.acknowledgement
                ?? Acknowledgement(storeID: disk.storeID, epochs: []))
    }

    func handle(_ effect: LinkEffect, _ connection: SimulatedConnection) {
        let peer = connection.peer(of: self)
        switch effect {
        case .authenticate(let linkKey):
            if linkKey != peer.key.publicKey { world.violated("a wrong key was let in") }
            connection.with(self) { $0.accept(hello: hello(for: peer), now: $1) }
        case .needHello:
            connection.with(self) { $0.introduce(hello: hello(for: peer), now: $1) }
        case .counted(let hello):
            counted(connection, peer, hello)
        case .bundle(let bundle):
            arrived(bundle, connection, peer)
        case .taken(let tokens):
            for token in tokens { taken(token) }
        case .acknowledged(let acknowledgement):
            acknowledged(acknowledgement, by: peer)
        case .refused(let token, _, _):
            guard let entry = sent.removeValue(forKey: token), let way = entry.way else { return }
            outboxes[entry.to]?.refused(by: way, names: entry.names, now: world.now)
        case .suspect:
            dial(peer)
        case .openBundle: world.violated("an open bundle that nobody sent")
        case .recovered, .send, .close: break
        }
    }

    private func counted(_ connection: SimulatedConnection, _ peer: SimulatedBox, _ hello: Hello) {
        if let existing = sessions[peer.index], existing !== connection {
            let choice = SessionChoice.between(
                localKey: key.publicKey, remoteKey: peer.key.publicKey,
                existingDialedHere: existing.ends[0] === self, newDialedHere: connection.ends[0] === self,
                existingIsSuspect: existing.isSuspect(for: self))
            guard choice == .replaceExisting else {
                connection.close(self)
                return
            }
            existing.close(self)
        }
        sessions[peer.index] = connection
        dials[peer.index]?.sessionCounts()
        if let known = truth.storeIDs[peer.index], known != hello.storeID {
            for other in peers { outboxes[other.index]?.storeChanged(of: peer.boxID, now: world.now) }
        }
        change { $0.storeIDs[peer.index] = hello.storeID }
        outboxes[peer.index]?.wayUp(
            .direct, destinationReachable: true, received: hello.acknowledgement, now: world.now)
        deleteAcknowledged(by: peer, hello.acknowledgement)
        plan(peer.index)
        if peer.forwards { for other in peers where other !== peer { reach(of: peer, other) } }
        forwardHeld(to: peer)
        reportReach(of: peer)
    }

    func ended(_ connection: SimulatedConnection) {
        guard isUp else { return }
        let peer = connection.peer(of: self)
        dials[peer.index]?.attemptFailed(now: world.now)
        if sessions[peer.index] === connection {
            sessions[peer.index] = nil
            dials[peer.index]?.sessionLost(now: world.now)
            outboxes[peer.index]?.wayDown(.direct)
            for other in peers where other !== peer { outboxes[other.index]?.wayDown(.via(peer.boxID)) }
            heldUnderWay = heldUnderWay.filter { id in
                truth.held.contains { $0.id == id && $0.to != peer.index }
            }
            for other in peers { plan(other.index) }
            reportReach(of: peer)
        }
        armDial(peer)
    }

    /// A hub tells the others whether it reaches `peer`.
    private func reportReach(of peer: SimulatedBox) {
        guard forwards else { return }
        for other in peers where other !== peer && other.isUp {
            other.later(world.number(5...300)) { [self] in other.reach(of: self, peer) }
        }
    }

    func reach(of hub: SimulatedBox, _ destination: SimulatedBox) {
        guard sessions[hub.index] != nil else { return }
        outboxes[destination.index]?.wayUp(
            .via(hub.boxID), destinationReachable: hub.sessions[destination.index] != nil, received: nil,
            now: world.now)
        plan(destination.index)
    }

    // MARK: Outbox

    func plan(_ destination: Int) {
        guard isUp, let effects = outboxes[destination]?.next(now: world.now) else { return }
        if let count = outboxes[destination]?.parcelsInMemory, count > outboxSettings.windowParcels {
            world.violated("\(count) parcels in the window")
        }
        for effect in effects {
            switch effect {
            case .load(let after, let limit):
                later(world.number(0...3)) { [self] in load(destination, after, limit) }
            case .send(let way, let names, let parcelClass):
                seal(destination, way, names, parcelClass)
            case .expire:
                world.violated("a parcel expired")
            }
        }
        armOutbox(destination)
    }

    private func load(_ destination: Int, _ after: Int64, _ limit: Int) {
        let rows = (disk.rows[destination] ?? []).filter { $0.head.rowID > after }
        outboxes[destination]?.loaded(
            heads: rows.prefix(limit).map(\.head), more: rows.count > limit, after: after)
        plan(destination)
    }

    private func armOutbox(_ destination: Int) {
        guard let next = outboxes[destination]?.nextTick, next != .max else { return }
        guard next < armedOutbox[destination] ?? .max else { return }
        armedOutbox[destination] = next
        later(next > world.now ? next - world.now : 1) { [self] in
            guard armedOutbox[destination] == next else { return }
            armedOutbox[destination] = nil
            plan(destination)
        }
    }

    private func seal(_ destination: Int, _ way: OutboxWay, _ names: [ParcelName], _ parcelClass: ParcelClass)
    {
        let rows = truth.rows[destination] ?? []
        var content = SimulatedContent(from: index, to: destination)
        var bytes = 0
        for name in names {
            guard let row = rows.first(where: { $0.head.name == name }) else { continue }
            let previous = row.previous.flatMap { name in rows.contains { $0.head.name == name } ? name : nil
            }
            let mail = ArrivedMail(
                name: name, predecessor: previous, conversation: row.message.conversation,
                content: row.message.content, bytes: row.head.bytes)
            content.mail.append((mail, row.message))
            bytes += row.head.bytes
        }
        let hop = if case .via(let hub) = way { peers.first { $0.boxID == hub }?.index } else { destination }
        guard let hop else { return }
        transmit(
            world.store(content), parcelClass, bytes: bytes, to: destination, hop: hop,
            Sent(way: way, to: destination, names: names))
    }

    func transmit(
        _ content: UInt64, _ parcelClass: ParcelClass, bytes: Int, to destination: Int, hop: Int,
        _ entry: Sent
    ) {
        guard let session = sessions[hop], session.isCounted(for: self) else { return }
        let token = nextToken
        nextToken += 1
        sent[token] = entry
        let header = BundleHeader(
            class: parcelClass, isLive: false, origin: boxID, destination: world.boxes[destination].boxID,
            epoch: epoch, sealingKeyID: 0, lifetimeSeconds: 1)
        var body = withUnsafeBytes(of: content.bigEndian) { Array($0) }
        body += [UInt8](repeating: 0, count: max(40, bytes))
        let bundle = OutgoingBundle(
            token: token, parcelClass: parcelClass, heldSeconds: 0,
            bytes: header.encode(sealedSize: body.count) + body)
        session.with(self) { $0.send(bundle, now: $1) }
    }
}
