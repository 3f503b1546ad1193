internal import Bundles
internal import Engine

/// What a box does with bundles that arrive: its own are opened, others' are stored and sent on.
extension SimulatedBox {
    func arrived(_ bundle: ReceivedBundle, _ connection: SimulatedConnection, _ peer: SimulatedBox) {
        guard let parsed = try? BundleHeader.decode(bundle.bytes) else { return }
        let id = Self.content(of: bundle.bytes.dropFirst(parsed.headerLength))
        guard let content = world.contents[id] else { return world.violated("a bundle was altered") }
        guard content.to == index else { return hold(content, id, bundle, connection, peer) }
        guard !isDiskFull || content.parcels.isEmpty else {
            return refuse(bundle.number, .full, connection)
        }
        take(content) {
            connection.with(self) { engine, _ in
                engine.taken([bundle.number])
                return []
            }
        }
    }

    private static func content(of bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A bundle of the peer's own: TAKEN says that all mail in it is synced here.
    func arrived(_ bundle: ReceivedOpenBundle, _ connection: SimulatedConnection, _ peer: SimulatedBox) {
        let id = Self.content(of: bundle.bytes[...])
        guard let content = world.contents[id], content.from == peer.index, content.to == index else {
            return world.violated("an open bundle of or for somebody else")
        }
        guard let epoch = connection.epoch(ofOpen: id, for: self) else {
            return world.violated("an open bundle before the hello")
        }
        if epoch != content.epoch, !peer.isLiar {
            world.violated("box \(index) counts an open bundle in \(epoch) instead of \(content.epoch)")
        }
        world.ledger.counts.opened += 1
        guard !isDiskFull || content.parcels.isEmpty else {
            return refuse(bundle.number, .full, connection)
        }
        var isRoomLacking = false
        let deferred = take(content, isAnswered: true) { [self] in
            connection.with(self) { engine, _ in
                guard isRoomLacking else {
                    engine.taken([bundle.number])
                    return []
                }
                // Some of it: the acknowledgement says which, the rest comes again.
                if let known = memory.receivers[peer.index]?.acknowledgement { engine.acknowledge(known) }
                engine.refuse(bundle.number, reason: .full, text: "too much waits")
                return []
            }
        }
        isRoomLacking = deferred > 0
    }

    func refuse(_ number: UInt64, _ reason: RefusalReason, _ connection: SimulatedConnection) {
        connection.with(self) { engine, _ in
            engine.refuse(number, reason: reason, text: "simulated")
            return []
        }
    }

    /// Takes in what a bundle or a stick brought; `then` runs when it is on the disk. Returns how many parcels
    /// found no room.
    @discardableResult
    func take(_ content: SimulatedContent, isAnswered: Bool = false, then done: @escaping () -> Void) -> Int {
        var deferred = 0
        let origin = world.boxes[content.from]
        if let acknowledgement = content.acknowledgement { acknowledged(acknowledgement, by: origin) }
        for parcel in content.parcels {
            // One by one: what one parcel releases must be known when the next one is looked at.
            switch parcel {
            case .mail(let mail, let message):
                let known = truth.known.contains(mail.content)
                let effects =
                    memory.receivers[content.from]?.receive(mail, known: known, now: world.now) ?? []
                deferred += Self.full(effects)
                perform(effects, from: content.from, current: message)
            case .skipped(let name, let names):
                let effects =
                    memory.receivers[content.from]?.skipped(announcement: name, never: names) ?? []
                deferred += Self.full(effects)
                perform(effects, from: content.from, current: nil)
            }
        }
        commitReceived(content.from, hasMail: !content.parcels.isEmpty && !isAnswered, then: done)
        return deferred
    }

    private static func full(_ effects: [ReceiveEffect]) -> Int {
        effects.reduce(0) { if case .full = $1 { $0 + 1 } else { $0 } }
    }

    private func commitReceived(_ origin: Int, hasMail: Bool, then done: @escaping () -> Void) {
        let changes = memory.receivers[origin]?.takeChanges() ?? []
        checkLimits(origin)
        change { disk in
            for change in changes {
                disk.received[origin, default: [:]][change.epoch] =
                    change.received.isEmpty ? nil : change.received
            }
        } then: { [self] in
            memory.receivers[origin]?.committed(changes)
            done()
            if hasMail { acknowledge(world.boxes[origin]) }
        }
    }

    private func checkLimits(_ origin: Int) {
        guard let receiver = memory.receivers[origin] else { return }
        if receiver.waitingCount > receiveSettings.maxWaiting {
            world.violated("\(receiver.waitingCount) parcels wait for predecessors")
        }
        if receiver.waitingBytes > receiveSettings.maxWaitingBytes {
            world.violated("\(receiver.waitingBytes) bytes wait for predecessors")
        }
    }

    func showOverdue(of origin: Int) {
        let effects = memory.receivers[origin]?.releaseOverdue(now: world.now) ?? []
        guard !effects.isEmpty else { return }
        for case .release(let name) in effects {
            guard let message = truth.waiting[origin]?[name]?.message else { continue }
            world.ledger.impatient.insert(SimulatedConversation(message))
        }
        perform(effects, from: origin, current: nil)
        commitReceived(origin, hasMail: false) {}
    }

    private func perform(_ effects: [ReceiveEffect], from origin: Int, current: SimulatedMessage?) {
        for effect in effects {
            switch effect {
            case .deliver:
                guard let current else { continue }
                change {
                    $0.show(current)
                } then: { [self] in
                    world.ledger.reached.insert(current)
                }
            case .store(let parcel):
                guard let current else { continue }
                change {
                    $0.waiting[origin, default: [:]][parcel.mail.name] =
                        SimulatedDisk.Waiting(parcel: parcel, message: current)
                } then: { [self] in
                    world.ledger.reached.insert(current)
                }
            case .release(let name):
                change { disk in
                    guard let stored = disk.waiting[origin]?.removeValue(forKey: name) else { return }
                    if !disk.known.contains(stored.message.content) { disk.show(stored.message) }
                }
            case .superseded(let name):
                change { $0.waiting[origin]?[name] = nil }
            case .alarm(let name):
                alarm(name, current, from: world.boxes[origin])
            case .duplicate, .full: break
            }
        }
    }

    /// Rings only when a box ran twice, or when what was given up arrives after all.
    private func alarm(_ name: ParcelName, _ message: SimulatedMessage?, from origin: SimulatedBox) {
        world.ledger.counts.alarms += 1
        if origin.isLiar || origin.hasRunTwice { return }
        if let message, world.ledger.expired.contains(message) || world.ledger.excused.contains(message) {
            return
        }
        world.violated("alarm for \(name) of box \(origin.index) at box \(index)")
    }

    private func acknowledge(_ origin: SimulatedBox) {
        guard let acknowledgement = memory.receivers[origin.index]?.acknowledgement else { return }
        if let direct = sessions[origin.index] {
            return direct.with(self) { engine, _ in
                engine.acknowledge(acknowledgement)
                return []
            }
        }
        let hubs = neighbours.filter { $0.forwards && sessions[$0.index] != nil }
        let hub =
            hubs.first { reach[$0.index]?.boxes.contains(origin.index) == true && !$0.isLiar }
            ?? hubs.first { !$0.isLiar }
        guard let hub else { return acknowledgeLater(origin) }
        let content = SimulatedContent(from: index, to: origin.index, acknowledgement: acknowledgement)
        transmit(
            world.store(content), .receipts, bytes: 100, to: origin.index, hop: hub.index,
            Sent(way: .via(hub.boxID), to: origin.index, names: []))
    }

    /// No way now: asked again, once for all that came meanwhile.
    private func acknowledgeLater(_ origin: SimulatedBox) {
        guard owedAcknowledgements.insert(origin.index).inserted else { return }
        later(world.deployment.housekeepingMs) { [self] in
            owedAcknowledgements.remove(origin.index)
            acknowledge(origin)
        }
    }
}
