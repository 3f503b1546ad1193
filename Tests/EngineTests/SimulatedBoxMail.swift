import Bundles

@testable import Engine

/// What a box does with bundles that arrive: its own are opened, others' are stored and sent on.
extension SimulatedBox {
    func arrived(_ bundle: ReceivedBundle, _ connection: SimulatedConnection, _ peer: SimulatedBox) {
        guard let parsed = try? BundleHeader.decode(bundle.bytes) else { return }
        let id = bundle.bytes.dropFirst(parsed.headerLength).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        guard let content = world.contents[id] else {
            world.violated("a bundle was altered")
            return
        }
        guard content.to == index else {
            hold(content.to, id, bundle, connection)
            return
        }
        let origin = world.boxes[content.from]
        if let acknowledgement = content.acknowledgement { acknowledged(acknowledgement, by: origin) }
        for arrival in content.mail {
            // One by one: what one parcel releases must be known when the next one is looked at.
            change(receive(arrival.mail, arrival.message, from: content.from))
        }
        let changes = receivers[content.from]?.takeChanges() ?? []
        change { disk in
            for change in changes {
                disk.received[content.from, default: [:]][change.epoch] = change.received
            }
        } then: { [self] in
            receivers[content.from]?.committed(changes)
            connection.with(self) { engine, _ in
                engine.taken([bundle.number])
                return []
            }
            if !content.mail.isEmpty { acknowledge(origin) }
        }
    }

    /// Decides about one parcel; returns what that changes on disk.
    private func receive(_ mail: ArrivedMail, _ message: SimulatedMessage, from origin: Int) -> (inout Disk)
        -> Void
    {
        let known = truth.known.contains(mail.content)
        let effects = receivers[origin]?.receive(mail, known: known, now: world.now) ?? []
        var changes: [(inout Disk) -> Void] = []
        for effect in effects {
            switch effect {
            case .deliver:
                changes.append { $0.show(message) }
            case .store(let parcel):
                changes.append { $0.waiting[origin, default: [:]][parcel.mail.name] = (parcel, message) }
            case .release(let name):
                changes.append { disk in
                    guard let stored = disk.waiting[origin]?.removeValue(forKey: name) else { return }
                    if !disk.known.contains(stored.message.content) { disk.show(stored.message) }
                }
            case .superseded(let name):
                changes.append { $0.waiting[origin]?[name] = nil }
            case .alarm(let name):
                world.violated("alarm for \(name)")
            case .duplicate, .full: break
            }
        }
        return { disk in for change in changes { change(&disk) } }
    }

    private func acknowledge(_ origin: SimulatedBox) {
        guard let acknowledgement = receivers[origin.index]?.acknowledgement else { return }
        if let direct = sessions[origin.index] {
            direct.with(self) { engine, _ in
                engine.acknowledge(acknowledgement)
                return []
            }
            return
        }
        guard let hub = peers.first(where: { $0.forwards && sessions[$0.index] != nil }) else { return }
        let content = SimulatedContent(from: index, to: origin.index, acknowledgement: acknowledgement)
        transmit(
            world.store(content), .receipts, bytes: 100, to: origin.index, hop: hub.index,
            Sent(way: nil, to: origin.index, names: []))
    }

    func acknowledged(_ acknowledgement: Acknowledgement, by peer: SimulatedBox) {
        _ = outboxes[peer.index]?.acknowledged(acknowledgement, now: world.now)
        deleteAcknowledged(by: peer, acknowledgement)
        plan(peer.index)
    }

    func taken(_ token: UInt64) {
        guard let entry = sent.removeValue(forKey: token) else { return }
        if let id = entry.heldID {
            heldUnderWay.remove(id)
            change { $0.held.removeAll { $0.id == id } }
        }
        guard let way = entry.way else { return }
        outboxes[entry.to]?.taken(by: way, names: entry.names, now: world.now)
        plan(entry.to)
    }

    // MARK: Hub

    private func hold(
        _ to: Int, _ content: UInt64, _ bundle: ReceivedBundle, _ connection: SimulatedConnection
    ) {
        let held = Held(id: truth.nextHeld, content: content, to: to, parcelClass: bundle.header.parcelClass)
        change {
            $0.nextHeld += 1
            $0.held.append(held)
        } then: { [self] in
            connection.with(self) { engine, _ in
                engine.taken([bundle.number])
                return []
            }
            forwardHeld(to: world.boxes[to])
        }
    }

    func forwardHeld(to peer: SimulatedBox) {
        var ready = disk.held.filter { $0.to == peer.index && !heldUnderWay.contains($0.id) }
        // A hub promises no order.
        ready.shuffle(using: &world.random)
        for held in ready where sessions[peer.index] != nil && truth.held.contains(held) {
            heldUnderWay.insert(held.id)
            transmit(
                held.content, held.parcelClass, bytes: 500, to: peer.index, hop: peer.index,
                Sent(way: nil, to: peer.index, names: [], heldID: held.id))
        }
    }
}

extension SimulatedBox.Disk {
    mutating func show(_ message: SimulatedMessage) {
        known.insert(message.content)
        shown.append(message)
    }
}
