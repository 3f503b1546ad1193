internal import Bundles
internal import Engine

/// A peer with honest keys and nothing else: it claims numbers and epochs, says that it reaches everybody,
/// takes custody of what it throws away, and writes mail under names that make no sense.
extension SimulatedBox {
    func lyingHello(for peer: SimulatedBox) -> Hello {
        let theirs = peer.memory.epoch
        let known = [
            theirs, Epoch(counter: theirs.counter &+ 1_000, random: 9), Epoch(counter: .max, random: .max),
            .none,
        ]
        return Hello(
            forwards: true, epoch: Epoch(counter: .random(in: 0...9, using: &world.random), random: 1),
            storeID: world.number(0...3), knownEpoch: known[Int(world.number(0...3))],
            knownNumber: world.number(0...1 << 40), acknowledgement: lyingAcknowledgement(of: peer))
    }

    /// "I have all of it, and more."
    private func lyingAcknowledgement(of peer: SimulatedBox) -> Acknowledgement {
        var everything = RangeSet()
        everything.insert(1...world.number(1...1 << 40))
        return Acknowledgement(
            storeID: 1, epochs: [Acknowledgement.Entry(epoch: peer.memory.epoch, numbers: everything)])
    }

    func lie() {
        later(world.number(1_000...world.deployment.troubleMs / 20)) { [self] in
            guard !world.isMended else { return }
            for neighbour in neighbours where sessions[neighbour.index] != nil && world.chance(50) {
                writeNonsense(to: neighbour)
            }
            lie()
        }
    }

    private func writeNonsense(to peer: SimulatedBox) {
        world.ledger.counts.lies += 1
        var content = SimulatedContent(from: index, to: peer.index, epoch: memory.epoch)
        for _ in 0..<world.number(1...20) {
            let number = world.chance(50) ? world.number(1...9) : world.number(1...1 << 60)
            let epoch = world.chance(80) ? memory.epoch : Epoch(counter: .max, random: world.random.next())
            let name = ParcelName(epoch: epoch, number: number)
            let before = ParcelName(epoch: epoch, number: world.number(0...1 << 60))
            if world.chance(20) {
                content.parcels.append(.skipped(name, [before]))
                continue
            }
            let message = SimulatedMessage(
                from: index, to: peer.index, conversation: Int(world.number(0...2)),
                sequence: Int(world.number(1...1 << 40)))
            let mail = ArrivedMail(
                name: name, predecessor: world.chance(60) ? before : nil,
                conversation: "\(message.conversation)", content: message.content, bytes: 100)
            content.parcels.append(.mail(mail, message))
        }
        if world.chance(50) { content.acknowledgement = lyingAcknowledgement(of: peer) }
        transmit(
            world.store(content), .chat, bytes: 500, to: peer.index, hop: peer.index,
            Sent(way: nil, to: peer.index, names: []))
    }
}
