internal import Bundles
internal import Engine

/// Mail that goes out: accepted, planned, sealed, expired, deleted.
extension SimulatedBox {
    /// A client hands in a message. It is acknowledged when it is on disk, or never.
    func accept(_ message: SimulatedMessage, _ parcelClass: ParcelClass, bytes: Int) {
        guard isUp, !isDiskFull else { return }
        let stamp = stamp()
        let previous = memory.lastName[SimulatedConversation(message)]
        guard
            let row = newRow(
                to: message.to, parcelClass, bytes, message: message, skipped: [], previous: previous)
        else { return }
        memory.lastName[SimulatedConversation(message)] = row.head.name
        if row.isHeldBack { mayOvertake(row) }
        change { $0.wall = max($0.wall, stamp) }
        keep(row, to: message.to) { [self] in
            world.ledger.accepted.append(message)
            world.acceptance[message] = world.now
            world.acceptanceInService[message] = inServiceMs
        }
    }

    func newRow(
        to destination: Int, _ parcelClass: ParcelClass, _ bytes: Int, message: SimulatedMessage?,
        skipped: [ParcelName], previous: ParcelName?
    ) -> SimulatedDisk.Row? {
        let epoch = memory.epoch
        guard let name = memory.names[destination]?.next(in: epoch) else { return nil }
        let head = ParcelHead(
            name: name, parcelClass: parcelClass, bytes: bytes, rowID: truth.nextRow,
            expiresAtMs: message == nil ? .max : world.now + world.deployment.lifetimeMs)
        var row = SimulatedDisk.Row(
            head: head, message: message, skipped: skipped, previous: previous, entered: serviceNow)
        row.isHeldBack = isHeldBack(row, to: destination)
        return row
    }

    func keep(_ row: SimulatedDisk.Row, to destination: Int, then: @escaping () -> Void) {
        change {
            $0.nextRow += 1
            $0.rows[destination, default: []].append(row)
        } then: { [self] in
            then()
            // It may have been named anew while it was being written.
            guard let kept = disk.rows[destination]?.last(where: { $0.head.rowID == row.head.rowID }) else {
                return
            }
            guard !kept.isHeldBack else { return }
            memory.outboxes[destination]?.accepted(kept.head)
            plan(destination)
        }
    }

    // MARK: Planning

    func plan(_ destination: Int) {
        guard isUp, let effects = memory.outboxes[destination]?.next(now: world.now) else { return }
        let most = outboxSettings.windowParcels + outboxSettings.extraParcels
        if let count = memory.outboxes[destination]?.parcelsInMemory, count > most {
            world.violated("\(count) parcels in the window")
        }
        for effect in effects {
            switch effect {
            case .load(let after, let limit):
                later(world.number(0...3)) { [self] in load(destination, after, limit) }
            case .send(let way, let names, let parcelClass):
                seal(destination, way, names, parcelClass)
            case .expire(let names):
                for name in names { expire(name, to: destination) }
            }
        }
        armOutbox(destination)
    }

    private func load(_ destination: Int, _ after: Int64, _ limit: Int) {
        let rows = (disk.rows[destination] ?? []).filter { $0.head.rowID > after && !$0.isHeldBack }
        let heads = rows.prefix(limit).map { row in
            var head = row.head
            let age = serviceNow - min(serviceNow, row.entered)
            let left = world.deployment.lifetimeMs - min(world.deployment.lifetimeMs, age)
            if row.message != nil { head.expiresAtMs = world.now + left }
            return head
        }
        memory.outboxes[destination]?.loaded(heads: heads, more: rows.count > limit, after: after)
        plan(destination)
    }

    private func armOutbox(_ destination: Int) {
        guard let next = memory.outboxes[destination]?.nextTick, next != .max else { return }
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
        let own = memory.ownEpochs
        memory.names[destination]?.sent(names, ownEpochs: own)
        let rows = names.compactMap { name in truth.rows[destination]?.first { $0.head.name == name } }
        guard !rows.isEmpty, let epoch = names.first?.epoch else { return }
        let hop =
            if case .via(let hub) = way { neighbours.first { $0.boxID == hub }?.index } else { destination }
        guard let hop else { return }
        checkHeld(rows, to: destination)
        if !world.boxes[destination].isLiar { world.ledger.bundlesSent += 1 }
        transmit(
            world.store(content(rows, epoch, destination)), parcelClass,
            bytes: rows.reduce(0) { $0 + $1.head.bytes }, to: destination, hop: hop,
            Sent(way: way, to: destination, names: names))
    }

    /// What a bundle of these rows holds.
    func content(_ rows: [SimulatedDisk.Row], _ epoch: Epoch, _ destination: Int) -> SimulatedContent {
        var content = SimulatedContent(from: index, to: destination, epoch: epoch)
        for row in rows {
            guard let message = row.message else {
                content.parcels.append(.skipped(row.head.name, row.skipped))
                continue
            }
            let previous = row.previous.flatMap { name in
                truth.rows[destination]?.contains { $0.head.name == name && !$0.isHeldBack } == true
                    ? name : nil
            }
            let mail = ArrivedMail(
                name: row.head.name, predecessor: previous, conversation: "\(message.conversation)",
                content: message.content, bytes: row.head.bytes)
            content.parcels.append(.mail(mail, message))
        }
        return content
    }

    func transmit(
        _ content: UInt64, _ parcelClass: ParcelClass, bytes: Int, to destination: Int, hop: Int,
        _ entry: Sent
    ) {
        guard let session = sessions[hop], session.isCounted(for: self) else { return }
        let token = nextToken
        nextToken += 1
        sent[token] = entry
        let body = self.bytes(of: content, size: bytes)
        // Open on the destination's own session, sealed on any other.
        let isOpen = entry.way == .direct
        var whole = body
        if isOpen {
            session.noteOpen(content, self)
        } else {
            let header = BundleHeader(
                class: parcelClass, isLive: false, origin: boxID,
                destination: world.boxes[destination].boxID,
                epoch: memory.epoch, sealingKeyID: 0, lifetimeSeconds: 1)
            whole = header.encode(sealedSize: body.count) + body
        }
        let bundle = OutgoingBundle(
            token: token, parcelClass: parcelClass, heldSeconds: 0, isOpen: isOpen, bytes: whole)
        session.with(self) { $0.send(bundle, now: $1) }
    }

    /// Stands for the sealed or open bytes of a bundle.
    func bytes(of content: UInt64, size: Int) -> [UInt8] {
        withUnsafeBytes(of: content.bigEndian) { Array($0) } + [UInt8](repeating: 0, count: max(40, size))
    }

    // MARK: What became of them

    func taken(_ token: UInt64) {
        guard let entry = sent.removeValue(forKey: token) else { return }
        if let id = entry.heldID {
            heldUnderWay.remove(id)
            change { $0.held.removeAll { $0.id == id } }
        }
        guard let way = entry.way else { return }
        // The destination itself has synced an open bundle: nothing else acknowledges its mail.
        guard way != .direct else {
            return acknowledged(.init(storeID: 0, naming: entry.names), by: world.boxes[entry.to])
        }
        memory.outboxes[entry.to]?.taken(by: way, names: entry.names, now: world.now)
        if case .via(let hub) = way, !entry.names.isEmpty {
            let names = Set(entry.names)
            change { disk in
                guard let rows = disk.rows[entry.to] else { return }
                for index in rows.indices where names.contains(rows[index].head.name) {
                    disk.rows[entry.to]?[index].leftBy = hub
                }
            }
        }
        plan(entry.to)
    }

    func refused(_ token: UInt64, _ reason: RefusalReason) {
        guard let entry = sent.removeValue(forKey: token) else { return }
        world.ledger.counts.refusals += 1
        if let id = entry.heldID { return heldRefused(id, to: entry.to, reason) }
        guard let way = entry.way else { return }
        memory.outboxes[entry.to]?.refused(by: way, names: entry.names, now: world.now)
        plan(entry.to)
    }

    func acknowledged(_ claimed: Acknowledgement, by peer: SimulatedBox) {
        let acknowledgement = believable(claimed, peer)
        _ = memory.outboxes[peer.index]?.acknowledged(acknowledgement, now: world.now)
        deleteAcknowledged(by: peer, acknowledgement)
        plan(peer.index)
    }

    /// Deletes what the destination has, after checking that it really has, or had, it.
    func deleteAcknowledged(by peer: SimulatedBox, _ acknowledgement: Acknowledgement) {
        guard let rows = truth.rows[peer.index], !rows.isEmpty else { return }
        var covered: Set<ParcelName> = []
        for row in rows {
            let name = row.head.name
            let isCovered = acknowledgement.epochs.contains {
                $0.epoch == name.epoch && $0.numbers.contains(name.number)
            }
            guard isCovered else { continue }
            covered.insert(name)
            guard let message = row.message, !peer.isLiar, !world.ledger.reached.contains(message),
                !world.ledger.expired.contains(message), !world.ledger.excused.contains(message)
            else { continue }
            guard !hasRunTwice else {
                // The other run gave this name to other mail, which arrived; through a hub alone that
                // cannot be told apart. docs/torture.md names this limit.
                world.ledger.excused.insert(message)
                world.ledger.counts.mistaken += 1
                continue
            }
            world.violated("\(message) acknowledged before it was synced, as \(name)")
        }
        guard !covered.isEmpty else { return }
        change { $0.remove(covered, to: peer.index) }
    }
}
