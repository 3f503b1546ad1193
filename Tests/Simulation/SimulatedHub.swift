internal import Bundles
internal import Engine

/// A box that stores bundles for others and hands each to its destination's own session. It promises no
/// order, and after a crash it may bring a bundle twice.
extension SimulatedBox {
    func hold(
        _ content: SimulatedContent, _ id: UInt64, _ bundle: ReceivedBundle,
        _ connection: SimulatedConnection, _ carrier: SimulatedBox
    ) {
        guard forwards, content.from == carrier.index, content.to != carrier.index,
            isPeer.contains(content.to)
        else { return refuse(bundle.number, .notForAPeer, connection) }
        if isLiar, world.chance(70) {
            // "It is safe with me."
            world.ledger.counts.lies += 1
            return connection.with(self) { engine, _ in
                engine.taken([bundle.number])
                return []
            }
        }
        let kept = truth.held.reduce(0) { $0 + ($1.from == content.from ? 1 : 0) }
        guard !isDiskFull, kept < transitLimit else { return refuse(bundle.number, .full, connection) }
        let held = SimulatedDisk.Held(
            id: truth.nextHeld, content: id, from: content.from, to: content.to,
            parcelClass: bundle.header.parcelClass, entered: serviceNow)
        change {
            $0.nextHeld += 1
            $0.held.append(held)
        } then: { [self] in
            connection.with(self) { engine, _ in
                engine.taken([bundle.number])
                return []
            }
            forwardHeld(to: world.boxes[held.to])
        }
    }

    func forwardHeld(to peer: SimulatedBox) {
        guard sessions[peer.index] != nil, heldRefusedBy[peer.index] == nil else { return }
        var ready = disk.held.filter { $0.to == peer.index && !heldUnderWay.contains($0.id) }
        ready.shuffle(using: &world.random)
        for held in ready where sessions[peer.index] != nil && truth.held.contains(held) {
            heldUnderWay.insert(held.id)
            pass(held, to: peer)
            if !world.isMended, world.chance(5) { pass(held, to: peer) }
        }
    }

    private func pass(_ held: SimulatedDisk.Held, to peer: SimulatedBox) {
        transmit(
            held.content, held.parcelClass, bytes: 500, to: peer.index, hop: peer.index,
            Sent(way: nil, to: peer.index, names: [], heldID: held.id))
    }

    /// A full destination is asked again later; what it cannot use never gets better.
    func heldRefused(_ id: UInt64, to destination: Int, _ reason: RefusalReason) {
        guard reason == .full else { return change { $0.held.removeAll { $0.id == id } } }
        heldRefusedBy[destination, default: []].insert(id)
        guard heldRefusedBy[destination]?.count == 1 else { return }
        later(outboxSettings.refusalPauseMs) { [self] in
            heldUnderWay.subtract(heldRefusedBy.removeValue(forKey: destination) ?? [])
            forwardHeld(to: world.boxes[destination])
        }
    }

    func expireHeld() {
        let late = disk.held.filter { $0.entered + world.deployment.lifetimeMs <= serviceNow }.map(\.id)
        guard !late.isEmpty else { return }
        let gone = Set(late)
        change { $0.held.removeAll { gone.contains($0.id) } }
    }
}
