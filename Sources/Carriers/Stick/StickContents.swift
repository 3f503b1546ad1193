internal import Bundles
internal import Engine
internal import Storage

/// What goes into a file of bundles, stage by stage.
extension StickExport {
    /// A part of a segment, and what it was before compression.
    struct Step {
        var bundles: [[UInt8]] = []
        var bytes = 0
    }

    /// Rows, registers or bundles of one step.
    private static let step = 256
    /// Bundles of acknowledgements, 32 KiB each at most: the newest epochs.
    private static let acknowledgements = 8

    /// What both boxes have to know of each other: what has come from the peer, and the key to seal for.
    func greeting() -> [[UInt8]] {
        office.announceSealingKey(peer)
        var parcels: [[Parcel]] = peer.receiver.wholeAcknowledgement.split(maxBytes: 32 << 10)

            .filter { !$0.epochs.isEmpty }.prefix(Self.acknowledgements).map { [.acknowledgement($0)] }
        if let register = peer.registers[SealingAnnouncement.register] {
            parcels.append([
                .state(
                    key: SealingAnnouncement.register, version: register.version, value: register.value)
            ])
        }
        return parcels.compactMap { seal([$0], .receipts, office.store.epoch) }
    }

    private func seal(
        _ groups: [[Parcel]], _ parcelClass: ParcelClass, _ epoch: Epoch, lifetime: UInt64? = nil
    )
        -> [UInt8]?
    {
        office.seal(
            groups, class: parcelClass, isLive: false, epoch: epoch,
            lifetime: lifetime ?? office.settings.chatLifetimeMs / 1_000, for: peer)
    }

    // MARK: Mail

    func mail(_ room: Int) throws(StorageError) -> Step {
        let rows = try office.store.reader.outboxPage(
            peer: peer.office.number, after: cursor.mail, limit: Self.step)
        guard !rows.isEmpty else {
            cursor.stage = .registers
            return Step()
        }
        var batches: [MailBatch] = []
        var taken: [Int64] = []
        var bytes = 0
        for row in rows where bytes < room {
            cursor.mail = row.id
            guard mayLeave(row) else { continue }
            guard let stanza = try office.readable(row, peer) else {
                office.giveUp(row, peer)
                continue
            }
            let parcel = try office.parcel(row, stanza, peer)
            bytes += parcel.encodedSize
            let open = batches.lastIndex {
                $0.parcelClass == row.parcelClass && $0.epoch == row.name.epoch && $0.hasRoom(for: parcel)
            }
            let index = open ?? batches.endIndex
            if open == nil { batches.append(MailBatch(parcelClass: row.parcelClass, epoch: row.name.epoch)) }
            batches[index].add(parcel, sender: row.sender, left: left(row))
            taken.append(row.id)
            office.noteSent(row.name, to: peer)
        }
        cursor.counts.messages += taken.count
        remember(taken)
        let bundles = batches.compactMap {
            seal($0.groups, $0.parcelClass, $0.epoch, lifetime: $0.lifetimeMs / 1_000)
        }
        return Step(bundles: bundles, bytes: bytes)
    }

    private func left(_ row: OutboxRow) -> UInt64 {
        let age = office.store.serviceClock.age(since: row.entered)
        return row.lifetime > age ? row.lifetime - age : 0
    }

    /// What is being removed, or has outlived its time, stays.
    private func mayLeave(_ row: OutboxRow) -> Bool { !office.removing.contains(row.id) && left(row) > 0 }

    /// Also when the disk is full the file is worth having: then the queue does not say that it left.
    private func remember(_ rows: [Int64]) {
        guard !rows.isEmpty else { return }
        let id = id
        office.store.journal.commit({ try $0.putOnStick(rows, export: id) }) { error in
            guard error != nil else { return }
            self.office.note("what is on a stick is not noted in the queue: the disk is full", nil)
        }
    }

    // MARK: Registers

    /// Kept registers that no hop has taken yet, oldest version first.
    var dueRegisters: [(key: String, told: Peer.ToldRegister)] {
        peer.told.filter { $0.value.progress != .taken && $0.value.version > cursor.register }
            .sorted { $0.value.version < $1.value.version }.map { ($0.key, $0.value) }
    }

    func registers(_ room: Int) -> Step {
        let due = dueRegisters.prefix(Self.step)
        guard !due.isEmpty else {
            cursor.stage = isForPeer ? .transit : .done
            return Step()
        }
        var bundles: [[UInt8]] = []
        var groups: [[Parcel]] = []
        var size = 0
        var total = 0
        for (key, told) in due where total < room {
            cursor.register = told.version
            let value = told.tag.isEmpty ? [] : office.correspondent?.keptValue(key, for: peer.office) ?? []
            guard value.count <= PostOffice.registerLimit else { continue }
            let parcel = Parcel.state(key: key, version: told.version, value: value)
            let cost = Bundle.contentSize(parcelBytes: parcel.encodedSize)
            if size + cost > Bundle.contentCapacity {
                bundles += [seal(groups, .background, cursor.epoch)].compactMap(\.self)
                (groups, size) = ([], 0)
            }
            groups.append([parcel])
            size += cost
            total += cost
            cursor.counts.registers += 1
        }
        if !groups.isEmpty { bundles += [seal(groups, .background, cursor.epoch)].compactMap(\.self) }
        return Step(bundles: bundles, bytes: total)
    }

    // MARK: Bundles of others

    /// What this box keeps for the peer, sealed by its origins, as it is.
    func passing(_ room: Int) throws(StorageError) -> Step {
        let rows = try office.store.reader.transitRows(to: peer.box, after: cursor.transit, limit: Self.step)
        guard !rows.isEmpty else {
            cursor.stage = .done
            return Step()
        }
        var bundles: [[UInt8]] = []
        var bytes = 0
        for row in rows where bytes < room {
            cursor.transit = row.id
            guard let bundle = try office.store.reader.transitBytes(id: row.id) else { continue }
            bundles.append(bundle)
            bytes += bundle.count
            cursor.counts.forOthers += 1
        }
        return Step(bundles: bundles, bytes: bytes)
    }
}

/// Mail of one class and epoch for one bundle, a group for each sender.
private struct MailBatch {
    let parcelClass: ParcelClass
    let epoch: Epoch
    private(set) var groups: [[Parcel]] = []
    private(set) var lifetimeMs: UInt64 = 0
    private var slots: [Int64: Int] = [:]
    private var size = 0

    init(parcelClass: ParcelClass, epoch: Epoch) {
        self.parcelClass = parcelClass
        self.epoch = epoch
    }

    func hasRoom(for parcel: Parcel) -> Bool {
        size + Bundle.contentSize(parcelBytes: parcel.encodedSize) <= Bundle.contentCapacity
    }

    mutating func add(_ parcel: Parcel, sender: Int64, left: UInt64) {
        if let slot = slots[sender] {
            groups[slot].append(parcel)
        } else {
            slots[sender] = groups.count
            groups.append([parcel])
        }
        size += Bundle.contentSize(parcelBytes: parcel.encodedSize)
        lifetimeMs = max(lifetimeMs, left)
    }
}
