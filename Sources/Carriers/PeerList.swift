internal import Bundles
internal import Engine
internal import NIOCore
package import Storage

/// The peer list while the box runs: added, changed, replaced and removed peers.
extension PostOffice {
    /// What stays of a peer that left the list: its numbers are never given twice in one life.
    struct RetiredPeer {
        let domain: String
        var names: GivenNames
        let conversations: [Peer.Conversation: ParcelName]
        var isReplaced = false
    }

    /// Takes over the configured list: new peers are dialed at once, removed ones end, the others stay. What
    /// waits for a removed box goes to the one that has its domain now.
    package func setPeers(_ entries: [PeerEntry]) throws(StorageError) {
        let listed = Set(entries.map(\.card.boxID))
        for (box, peer) in peers where !listed.contains(box) { close(peer) }
        for entry in entries {
            let box = entry.card.boxID
            if let known = peers[box], known.entry.card == entry.card {
                known.update(entry)
                guard !entry.direct else { continue }
                known.closeAttempts()
                known.session?.close()
            } else {
                // Another card of the same box: what waits stays, the rest begins anew.
                if let known = peers[box] { close(known) }
                peers[box] = try open(entry)
            }
        }
        for (place, entry) in entries.enumerated() { peers[entry.card.boxID]?.place = place }
        giveWaysAnew()
        try replaceRetired()
    }

    private func open(_ entry: PeerEntry) throws(StorageError) -> Peer {
        let number = store.number(of: entry.card.boxID)
        let now = Clocks.monotonic()
        var dial = DialSchedule.Settings()
        dial.intervalMs = settings.probeIntervalMs
        dial.jitterMs = settings.probeIntervalMs / 4
        let peer = Peer(
            entry: entry, number: number,
            receiver: PeerReceiver(storeID: store.storeID, restored: [], waiting: []),
            outbox: OutboxSettings(), dial: dial, wall: store.wallNow(), now: now)
        try restoreReceiving(peer)
        peer.lastOfConversation = try conversationEnds(number)
        peer.names = GivenNames(last: try store.reader.highestNumber(peer: number, epoch: store.epoch))
        if let retired = retired.removeValue(forKey: number) { take(retired, peer) }
        try restoreRegisters(peer)
        try restoreReceipts(peer)
        try restoreKept(peer)
        peer.outbox.restored(taken: try store.reader.outboxLeft(peer: number), now: now)
        return peer
    }

    func conversationEnds(_ number: Int64) throws(StorageError) -> [Peer.Conversation: ParcelName] {
        var ends: [Peer.Conversation: ParcelName] = [:]
        for end in try store.reader.conversationEnds(peer: number) {
            ends[.init(sender: end.sender, recipient: end.recipient)] = end.name
        }
        return ends
    }

    /// What has come from the peer, as the disk says.
    func restoreReceiving(_ peer: Peer) throws(StorageError) {
        let number = peer.office.number
        let restored = try restoreWaiting(number, peer.entry.card, Clocks.monotonic())
        peer.receiver = PeerReceiver(
            storeID: store.storeID, restored: try store.reader.received(peer: number),
            waiting: restored.map(\.parcel))
        peer.waiting = Dictionary(restored.map { ($0.parcel.mail.name, $0.mail) }) { $1 }
        peer.unsyncedContents = []
    }

    private func take(_ retired: RetiredPeer, _ peer: Peer) {
        peer.names.merge(retired.names)
        peer.lastOfConversation.merge(retired.conversations) { max($0, $1) }
    }

    private func close(_ peer: Peer) {
        releaseAll(peer)
        peers[peer.box] = nil
        retired[peer.office.number] = RetiredPeer(
            domain: peer.office.domain, names: peer.names, conversations: peer.lastOfConversation)
        peer.closeAttempts()
        peer.session?.close()
        correspondent?.officeForgotten(peer.office)
    }

    /// A peer leaves: what waits here for predecessors of its conversations will wait in vain.
    private func releaseAll(_ peer: Peer) {
        var last = Int.max
        while peer.receiver.waitingCount > 0, peer.receiver.waitingCount < last {
            last = peer.receiver.waitingCount
            perform(peer, peer.receiver.releaseOverdue(now: .max), current: nil)
        }
        if last < .max { commitReceived(peer) { _ in } }
    }

    /// Sessions with others that forward are ways to a peer that is new in the list; and the order of the
    /// hubs may have changed.
    private func giveWaysAnew() {
        for hub in peers.values where hub.session != nil && hub.forwards { offerWay(over: hub) }
    }

    // MARK: Boxes that were replaced

    private func replaceRetired() throws(StorageError) {
        let listed = Set(peers.values.map(\.office.number))
        for number in store.peerNumbers where !listed.contains(number) {
            let left = retired[number]
            guard left?.isReplaced != true, let domain = try domainOfWaiting(number),
                let heir = peers.values.first(where: { $0.office.domain == domain })
            else { continue }
            if let left { take(left, heir) }
            retired[number]?.isReplaced = true
            note("what waits for the box that it replaces goes to it", heir.office.name)
            let to = heir.office.number
            store.journal.commit({ try $0.moveOutbox(from: number, to: to) }) { error in
                guard error == nil else { return }
                let moved = self.queuedBytesByPeer.removeValue(forKey: number) ?? 0
                self.queuedBytesByPeer[to, default: 0] += moved
                guard self.peers[heir.box] === heir else { return }
                heir.outbox.reload()
                self.drain(heir)
            }
        }
    }

    /// The domain of a box that is not listed, if it left in this life or something waits for it.
    private func domainOfWaiting(_ number: Int64) throws(StorageError) -> String? {
        if let left = retired[number] { return left.domain }
        return try store.reader.outboxHolds(peer: number) ? rememberedDomain(number) : nil
    }
}
