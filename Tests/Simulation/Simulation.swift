internal import Bundles
package import Engine

/// One course of events from one seed, and the verdict on it.
package struct Simulation {
    package let world: SimulatedWorld
    package private(set) var problems: [String] = []

    package init(seed: UInt64, kind: Deployment.Kind) {
        world = SimulatedWorld(seed: seed, kind: kind)
        build()
        for box in world.boxes { box.start() }
        writeMail()
        let trouble = Trouble(world)
        trouble.cause()
        let deployment = world.deployment
        // Everything was planned from the first second on.
        world.run(until: world.now + deployment.troubleMs)
        trouble.mend()
        let isOver = { [world] in Self.isDrained(world) }
        world.run(until: world.now + deployment.drainLimitMs, step: 1_000, isDone: isOver)
        // What is under way arrives; then there must be nothing more to say.
        world.run(until: world.now + 60_000)
        let sent = world.ledger.bundlesSent
        world.run(until: world.now + 2 * deployment.outbox.longestResendMs + 100_000)
        if world.ledger.bundlesSent > sent {
            world.violated(
                "\(world.ledger.bundlesSent - sent) bundles were sent after everything had arrived")
        }
        problems = Verdict(world).problems
    }

    /// A line that names the seed and what happened.
    package var summary: String {
        let ledger = world.ledger
        let counts = ledger.counts
        return "\(world.deployment.kind.rawValue) \(world.seed): \(world.boxes.count) boxes, "
            + "\(world.eventCount) events, \(ledger.accepted.count) accepted, \(ledger.expired.count) expired, "
            + "\(ledger.excused.count) lost with copies put back, \(ledger.bundlesSent) bundles, "
            + "\(counts.crashes) crashes, \(counts.rollbacks) disks and \(counts.resumed) machines put back, "
            + "\(counts.wiped) wiped, \(counts.sticks) sticks, \(counts.refusals) refusals, "
            + "\(counts.jumps) clocks jumped, \(counts.holds) holds, \(counts.drops) dropped, "
            + "\(counts.opened) open bundles, "
            + "\(counts.alarms) alarms, \(counts.lies) lies, \(counts.mistaken) mistaken"
    }

    /// Equal for equal courses of events, also of two processes.
    package var fingerprint: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ value: Int) {
            hash = (hash ^ UInt64(truncatingIfNeeded: value)) &* 0x100_0000_01b3
        }
        mix(world.eventCount)
        for box in world.boxes {
            for message in box.disk.shown {
                mix(message.from)
                mix(message.conversation)
                mix(message.sequence)
            }
        }
        return hash
    }

    private static func isDrained(_ world: SimulatedWorld) -> Bool {
        world.boxes.allSatisfy { box in
            guard !box.isLiar else { return true }
            let isEmpty = box.peers.allSatisfy { peer in
                peer.isLiar
                    || (box.disk.rows[peer.index] ?? []).isEmpty && (box.truth.rows[peer.index] ?? []).isEmpty
                        && (box.disk.waiting[peer.index] ?? [:]).isEmpty
            }
            return isEmpty && box.disk.held.allSatisfy { world.boxes[$0.to].isLiar }
        }
    }

    // MARK: Building

    private func build() {
        let deployment = world.deployment
        let count = deployment.offices + deployment.hubs + (deployment.hasLiar ? 1 : 0)
        for index in 0..<count {
            let isLiar = index >= deployment.offices + deployment.hubs
            if let box = SimulatedBox(
                world, index: index, forwards: index >= deployment.offices, isLiar: isLiar)
            {
                box.hasBattery = world.chance(80)
                world.boxes.append(box)
            }
        }
        for low in 0..<count {
            for high in low + 1..<max(count, low + 1) {
                let isLine = high >= deployment.offices || world.chance(deployment.directPercent)
                if isLine { join(world.boxes[low], world.boxes[high]) }
            }
        }
        for office in world.boxes.prefix(deployment.offices) { introduce(office) }
        for box in world.boxes { setLimits(box) }
    }

    private func join(_ left: SimulatedBox, _ right: SimulatedBox) {
        world.wires.append(SimulatedWorld.Wire(left.index, right.index))
        left.neighbours.append(right)
        right.neighbours.append(left)
        meet(left, right)
    }

    private func meet(_ left: SimulatedBox, _ right: SimulatedBox) {
        guard left !== right, left.isPeer.insert(right.index).inserted else { return }
        right.isPeer.insert(left.index)
        left.peers.append(right)
        right.peers.append(left)
    }

    private func introduce(_ office: SimulatedBox) {
        let offices = world.boxes.prefix(world.deployment.offices)
        guard let correspondents = world.deployment.correspondents else {
            for other in offices { meet(office, other) }
            return
        }
        for _ in 0..<correspondents {
            if let other = offices.randomElement(using: &world.random) { meet(office, other) }
        }
    }

    private func setLimits(_ box: SimulatedBox) {
        box.outboxSettings = world.deployment.outbox
        box.outboxSettings.windowParcels = Int(world.number(4...40))
        box.outboxSettings.extraParcels = Int(world.number(0...20))
        box.outboxSettings.fewParcels = 3
        box.outboxSettings.bundleBytes = Int(world.number(500...8_000))
        box.outboxSettings.windowBytes = Int(world.number(2_000...60_000))
        box.receiveSettings.maxWaiting = Int(world.number(2...200))
        box.receiveSettings.maxWaitingBytes = Int(world.number(30_000...200_000))
        box.receiveSettings.maxEpochs = 64
        box.receiveSettings.longestWaitMs = world.deployment.longestWaitMs
    }

    // MARK: Mail

    private func writeMail() {
        var sequences: [SimulatedConversation: Int] = [:]
        let world = world
        for _ in 0..<world.number(world.deployment.bursts) {
            world.after(world.number(0...world.deployment.troubleMs)) {
                let writers = world.deployment.kind == .large ? world.deployment.offices : world.boxes.count
                let from = world.boxes[Int(world.number(0...UInt64(writers - 1)))]
                guard !from.isLiar, let to = from.peers.randomElement(using: &world.random) else { return }
                let conversation = Int(world.number(0...2))
                for _ in 0..<world.number(1...4) {
                    let key = SimulatedConversation(
                        SimulatedMessage(
                            from: from.index, to: to.index, conversation: conversation, sequence: 0))
                    sequences[key, default: 0] += 1
                    let message = SimulatedMessage(
                        from: from.index, to: to.index, conversation: conversation,
                        sequence: sequences[key] ?? 0)
                    let parcelClass: ParcelClass =
                        world.chance(70) ? .chat : world.chance(50) ? .urgent : .bulk
                    let size = world.chance(5) ? 20_000 : Int(world.number(1...800))
                    from.accept(message, parcelClass, bytes: size)
                }
            }
        }
    }
}
