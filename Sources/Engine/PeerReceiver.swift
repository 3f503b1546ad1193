package import Bundles

/// What arrived from one origin: each parcel once, in the order of its conversation.
///
/// The state in memory runs ahead of the disk; `acknowledgement` covers only what `committed` has
/// confirmed. Per batch of parcels the owner collects the effects and `takeChanges()`, writes both in
/// one transaction, and calls `committed` after its sync.
package struct PeerReceiver: Sendable {
    /// The received numbers of one epoch, as they are to be stored; none: the epoch is forgotten.
    package struct Change: Sendable, Equatable {
        package let epoch: Epoch
        package let received: RangeSet
    }

    private let storeID: UInt64
    private let settings: ReceiveSettings
    private var received: [Epoch: RangeSet]
    private var synced: [Epoch: RangeSet]
    private var changed: Set<Epoch> = []
    /// Epochs that mail arrived in lately, the latest last.
    private var recent: [Epoch] = []
    private var room = WaitingRoom()

    /// Starts from what the disk holds. `storeID` is this box's.
    package init(
        storeID: UInt64, restored: [(Epoch, RangeSet)], waiting: [WaitingParcel],
        settings: ReceiveSettings = ReceiveSettings()
    ) {
        self.storeID = storeID
        self.settings = settings
        received = Dictionary(restored) { $1 }
        synced = received
        for parcel in waiting { room.insert(parcel) }
    }

    /// Parcels that wait for a predecessor, and their bytes.
    package var waitingCount: Int { room.count }
    package var waitingBytes: Int { room.bytes }

    /// Takes in one parcel. `known` says whether its content was delivered before, under any name; what
    /// the effects of an earlier parcel deliver is known when the next one is handed in.
    package mutating func receive(_ mail: ArrivedMail, known: Bool, now: UInt64) -> [ReceiveEffect] {
        touch(mail.name.epoch)
        // What waits is here, also when its epoch had to be forgotten: one name never waits twice.
        if hasReceived(mail.name) || room.contains(mail.name) { return receiveAgain(mail, known: known) }
        guard hasRoomForRange(mail.name) else { return [.full(mail.name)] }
        if known {
            mark(mail.name)
            return [.duplicate(mail.name)] + releaseReady(after: [mail.name], in: mail.conversation)
        }
        return receiveNew(mail, now: now)
    }

    /// Takes in an announcement, itself the numbered parcel `name`, that others will never come.
    package mutating func skipped(announcement name: ParcelName, never names: [ParcelName]) -> [ReceiveEffect]
    {
        touch(name.epoch)
        guard hasRoomForRange(name) else { return [.full(name)] }
        mark(name)
        for name in names where hasRoomForRange(name) { mark(name) }
        return releaseReady(after: [name] + names, in: nil)
    }

    /// Shows parcels whose predecessor did not come within the longest wait. Also to be called once
    /// after a start.
    package mutating func releaseOverdue(now: UInt64) -> [ReceiveEffect] {
        guard now >= settings.longestWaitMs else { return [] }
        var effects: [ReceiveEffect] = []
        for conversation in room.conversations(waitingSince: now - settings.longestWaitMs) {
            guard let first = room.first(of: conversation) else { continue }
            effects.append(release(first))
            effects += releaseReady(after: [first.mail.name], in: conversation)
        }
        return effects
    }

    /// The epochs whose ranges changed since the last call, to be stored with the effects.
    package mutating func takeChanges() -> [Change] {
        defer { changed.removeAll() }
        return changed.sorted().map { Change(epoch: $0, received: received[$0] ?? RangeSet()) }
    }

    /// These changes are synced to disk.
    package mutating func committed(_ changes: [Change]) {
        for change in changes {
            synced[change.epoch] = change.received.isEmpty ? nil : change.received
        }
    }

    /// What this box, the destination, has on its disk: the newest epochs and those in use. Ranges
    /// beyond the limit are left out from the upper end; a later acknowledgement brings them.
    package var acknowledgement: Acknowledgement {
        var epochs = Array(recent.suffix(settings.maxAcknowledgedEpochs / 2).reversed())
        let newest = synced.keys.sorted(by: >)
        for epoch in newest where !epochs.contains(epoch) && epochs.count < settings.maxAcknowledgedEpochs {
            epochs.append(epoch)
        }
        var room = settings.maxAcknowledgedRanges
        var entries: [Acknowledgement.Entry] = []
        for epoch in epochs {
            guard let ranges = synced[epoch], room > 0 else { continue }
            let part = ranges.firstRanges(room)
            room -= part.ranges.count
            entries.append(Acknowledgement.Entry(epoch: epoch, numbers: part))
        }
        return Acknowledgement(storeID: storeID, epochs: entries)
    }

    /// Everything that this box has on its disk, for ways where length is no matter: to be divided.
    package var wholeAcknowledgement: Acknowledgement {
        Acknowledgement(
            storeID: storeID,
            epochs: synced.sorted { $0.key > $1.key }.map { .init(epoch: $0.key, numbers: $0.value) })
    }

    // MARK: Arrival

    private mutating func receiveAgain(_ mail: ArrivedMail, known: Bool) -> [ReceiveEffect] {
        guard let held = room.parcel(mail.name) else {
            return known ? [.duplicate(mail.name)] : [.alarm(mail.name), .deliver(mail.name)]
        }
        guard held.mail.content == mail.content else { return [.alarm(mail.name), .deliver(mail.name)] }
        guard held.mail.predecessor != mail.predecessor else { return [.duplicate(mail.name)] }
        // The origin sealed it anew and knows more by now: its predecessor was acknowledged.
        var updated = held
        updated.mail.predecessor = mail.predecessor
        room.remove(mail.name)
        room.insert(updated)
        return [.duplicate(mail.name)] + releaseReady(after: [], in: mail.conversation)
    }

    private mutating func receiveNew(_ mail: ArrivedMail, now: UInt64) -> [ReceiveEffect] {
        var effects: [ReceiveEffect] = []
        var settled = [mail.name]
        if let old = room.name(ofContent: mail.content) {
            room.remove(old)
            effects.append(.superseded(old))
            settled.append(old)
        }
        if isReady(mail) {
            mark(mail.name)
            effects.append(.deliver(mail.name))
            return effects + releaseReady(after: settled, in: mail.conversation)
        }
        guard room.count < settings.maxWaiting, room.bytes + mail.bytes <= settings.maxWaitingBytes else {
            return effects + [.full(mail.name)]
        }
        mark(mail.name)
        let parcel = WaitingParcel(mail: mail, sinceMs: now)
        room.insert(parcel)
        effects.append(.store(parcel))
        return effects + releaseReady(after: settled.filter { $0 != mail.name }, in: nil)
    }

    private func isReady(_ mail: ArrivedMail) -> Bool {
        !room.isBehind(mail.name, in: mail.conversation) && isSettled(mail.predecessor, before: mail.name)
    }

    /// Whether a predecessor no longer holds anything up. One that is not older than its follower makes
    /// no sense and counts as none.
    private func isSettled(_ predecessor: ParcelName?, before name: ParcelName) -> Bool {
        guard let predecessor, predecessor < name else { return true }
        return hasReceived(predecessor) && !room.contains(predecessor)
    }

    /// Shows everything whose turn has come now that `names` are settled.
    private mutating func releaseReady(after names: [ParcelName], in conversation: String?) -> [ReceiveEffect]
    {
        guard room.count > 0 else { return [] }
        var effects: [ReceiveEffect] = []
        var pending = names.flatMap { room.conversations(waitingFor: $0) }
        if let conversation { pending.append(conversation) }
        while let next = pending.popLast() {
            while let first = room.first(of: next), isSettled(first.mail.predecessor, before: first.mail.name)
            {
                effects.append(release(first))
                pending += room.conversations(waitingFor: first.mail.name).filter { $0 != next }
            }
        }
        return effects
    }

    private mutating func release(_ parcel: WaitingParcel) -> ReceiveEffect {
        room.remove(parcel.mail.name)
        return .release(parcel.mail.name)
    }

    // MARK: Ranges

    /// Whether mail of this name has come, or never will.
    package func hasReceived(_ name: ParcelName) -> Bool {
        received[name.epoch]?.contains(name.number) ?? false
    }

    private mutating func mark(_ name: ParcelName) {
        received[name.epoch, default: RangeSet()].insert(name.number)
        changed.insert(name.epoch)
    }

    private func hasRoomForRange(_ name: ParcelName) -> Bool {
        guard let set = received[name.epoch], set.ranges.count >= settings.maxRangesPerEpoch else {
            return true
        }
        let touchesBelow = name.number > 0 && set.contains(name.number - 1)
        let touchesAbove = name.number < .max && set.contains(name.number + 1)
        return touchesBelow || touchesAbove || set.contains(name.number)
    }

    /// A peer that draws epochs without end costs no more than this.
    private mutating func forgetLowestEpoch(for epoch: Epoch) {
        guard received[epoch] == nil, received.count >= settings.maxEpochs,
            let lowest = received.keys.min()
        else { return }
        received[lowest] = nil
        changed.insert(lowest)
    }

    private mutating func touch(_ epoch: Epoch) {
        forgetLowestEpoch(for: epoch)
        guard recent.last != epoch else { return }
        recent.removeAll { $0 == epoch }
        recent.append(epoch)
        if recent.count > settings.maxAcknowledgedEpochs { recent.removeFirst() }
    }
}

extension RangeSet {
    /// The lowest `count` ranges.
    func firstRanges(_ count: Int) -> RangeSet {
        guard ranges.count > count else { return self }
        var part = RangeSet()
        for range in ranges.prefix(count) { part.insert(range) }
        return part
    }
}
