internal import Bundles
internal import Engine
internal import Storage

/// Mail whose lifetime has passed: its sender is told, its place in the conversation is given up.
extension PostOffice {
    /// Hourly: what has outlived its time goes, and the sealing key changes when its week is over.
    package func expire() {
        let service = store.serviceClock.now()
        for peer in peers.values {
            releaseOverdue(peer)
            forgetConversations(peer)
            peer.session?.tellClock()
        }
        rotateSealingKey()
        let wall = store.wallNow()
        blobs?.expire()
        store.journal.commit({ database in
            try database.expireTransit(at: service)
            try database.forgetDelivered(before: service - min(service, Self.contentsKept))
            try database.forgetStreamManagement(before: service - min(service, Self.sessionsKept))
            try database.forgetStates(
                before: wall - min(wall, Self.statesKept), keeping: Self.statesPerAccount)
            try database.forgetUndelivered()
            try database.shrink()
        }) { error in
            if error == nil { self.countTransit() }
        }
        expireOutbox(service)
    }

    /// Contents of delivered mail are known for 90 days, the counts of ended sessions for two.
    private static let contentsKept: UInt64 = 90 * 86_400_000
    private static let sessionsKept: UInt64 = 2 * 86_400_000
    /// States of messages are known for 30 days after the last change, of 10,000 messages of an account.
    private static let statesKept: UInt64 = 30 * 86_400_000
    private static let statesPerAccount = 10_000

    private func releaseOverdue(_ peer: Peer) {
        let effects = peer.receiver.releaseOverdue(now: Clocks.monotonic())
        guard !effects.isEmpty else { return }
        perform(peer, effects, current: nil)
        commitReceived(peer) { _ in }
    }

    /// Conversations of which nothing waits any more need no memory.
    private func forgetConversations(_ peer: Peer) {
        guard peer.lastOfConversation.count > 10_000, store.journal.isIdle else { return }
        do {
            peer.lastOfConversation = try conversationEnds(peer.office.number)
        } catch {
            broken(error.description)
        }
    }

    private func countTransit() {
        do {
            transitBytes = Dictionary(try store.reader.transitBytesByOrigin(), uniquingKeysWith: +)
        } catch {
            broken(error.description)
        }
    }

    /// What has outlived its time goes; called every few seconds.
    package func expireOutbox() { expireOutbox(store.serviceClock.now()) }

    /// A thousand at a time, until none is left.
    private func expireOutbox(_ service: UInt64) {
        do {
            let late = try store.reader.expiredOutbox(at: service, limit: 1_000)
            for (number, row) in late {
                if let peer = peer(number: number) {
                    try expire(row, peer)
                } else {
                    try giveUpUnlisted(row, number, .expired)
                }
            }
            guard late.count == 1_000 else { return }
            store.journal.commit({ _ in }) { error in
                if error == nil { self.expireOutbox(service) }
            }
        } catch {
            broken("\(error)")
        }
    }

    func expire(_ names: [ParcelName], _ peer: Peer) {
        do {
            for name in names {
                guard let row = try store.reader.outboxRow(name: name, peer: peer.office.number) else {
                    continue
                }
                try expire(row, peer)
            }
        } catch {
            broken("\(error)")
        }
    }

    private func expire(_ row: OutboxRow, _ peer: Peer) throws(StorageError) {
        try giveUp(row, peer, .expired, because: .expired)
    }

    /// Ends the life of a parcel: its place in the conversation is given up and its sender is told.
    func giveUp(
        _ row: OutboxRow, _ peer: Peer, _ state: MessageState, because end: MailEnd
    ) throws(StorageError) {
        guard !removing.contains(row.id) else { return }
        let stanza = row.kind == .mail ? try readable(row, peer) : nil
        drop([(row.id, row.size)], of: peer.office.number, state)
        peer.outbox.expired([row.name])
        guard row.kind == .mail else { return }
        announceSkipped([row.name], row, peer)
        if let stanza { correspondent?.ended(mail: stanza, id: row.id, to: peer.office, because: end) }
    }

    /// The stanza of a row; nil when its bytes are damaged. One unreadable sector must not hold up
    /// everything else, nor stop the box at every start.
    func readable(_ row: OutboxRow, _ peer: Peer) throws(StorageError) -> [UInt8]? {
        do {
            return try store.payload(row.id)
        } catch StorageError.damaged(let text) {
            counts.alarms += 1
            note("ALARM: mail that waits cannot be read and is given up: \(text)", peer.office.name)
            return nil
        }
    }

    /// Mail whose bytes are damaged is given up like mail whose time is over.
    func giveUp(_ row: OutboxRow, _ peer: Peer) {
        guard !removing.contains(row.id) else { return }
        drop([(row.id, row.size)], of: peer.office.number, .dropped)
        peer.outbox.expired([row.name])
        if row.kind == .mail { announceSkipped([row.name], row, peer) }
    }

    /// The announcement is a parcel itself: kept until the destination has it.
    private func announceSkipped(_ names: [ParcelName], _ row: OutboxRow, _ peer: Peer) {
        let bytes = SkippedNotice.encode(names)
        var kept = KeptStanza(id: store.takeID(), time: store.wallNow(), bytes: bytes)
        let reference = reference(
            peer, .init(sender: row.sender, recipient: row.recipient), .urgent, bytes.count, kept.id,
            kept.time,
            kind: .skipped)
        kept.outbox = reference
        store.keep(kept) { error in if error == nil { self.committed(reference) } }
    }
}
