internal import Bundles
internal import Engine
internal import Storage

/// What became of each other's mail after it was received: whether a client has it, came late, or was not
/// taken. Told in the register `receipts`, all of it each time, so that nothing is lost for good.
extension PostOffice {
    static let receiptsRegister = "receipts"
    /// Bytes of the register, milliseconds that are waited for more, and between two that a hub stores.
    private static let receiptsBytes = 4 << 10
    private static let receiptsPause: UInt64 = 2_000
    private static let receiptsStoredPause: UInt64 = 60_000

    func restoreReceipts(_ peer: Peer) throws(StorageError) {
        peer.receipts = MailNumbers(restored: try store.reader.mailRanges(peer: peer.office.number))
    }

    // MARK: Of a peer's mail

    package func delivered(entry: Int64) {
        do {
            guard let found = try store.reader.undelivered(id: entry), let origin = peer(number: found.peer)
            else { return }
            store.journal.commit({ try $0.removeUndelivered(ids: [entry]) })
            note(found.name, .delivered, origin)
        } catch {
            broken(error.description)
        }
    }

    /// Notes what became of a peer's parcel; told soon, together with what comes next.
    func note(_ name: ParcelName, _ kind: MailRangeKind, _ origin: Peer) {
        guard origin.receipts.insert(name, kind) else { return }
        saveReceipts(origin)
        if kind != .skipped { tellReceiptsSoon(origin) }
    }

    /// The origin has given these up. What came before that did come.
    func noteSkipped(_ names: [ParcelName], _ origin: Peer) {
        // An announcement that comes again says nothing new.
        for name in names
        where !origin.receipts.contains(name, .refused) && !origin.receipts.contains(name, .skipped) {
            note(name, origin.receiver.hasReceived(name) ? .late : .skipped, origin)
        }
    }

    /// Whether mail with a known number and unknown content is what its origin had given up.
    func cameLate(_ name: ParcelName, _ origin: Peer) -> Bool {
        guard origin.receipts.remove(name, .skipped) else { return false }
        note(name, .late, origin)
        return true
    }

    private func saveReceipts(_ origin: Peer) {
        let number = origin.office.number
        store.journal.mark(origin, urgent: false) {
            let changes = origin.receipts.takeChanges()
            guard !changes.isEmpty else { return nil }
            return { database in
                for change in changes {
                    try database.putMailRanges(
                        peer: number, change.key.kind, change.key.epoch, change.numbers)
                }
            }
        }
        store.journal.commit({ _ in })
    }

    // MARK: Telling

    func tellReceiptsSoon(_ origin: Peer) {
        guard origin.receiptsDue == nil, !origin.receipts.isSilent else { return }
        origin.receiptsDue = Clocks.monotonic() + Self.receiptsPause
    }

    /// By a way that reaches the peer now; else a hub keeps them for it, once a minute.
    func tellReceipts(_ origin: Peer) {
        origin.receiptsDue = nil
        let now = Clocks.monotonic()
        registerCounter += 1
        let parcel = Parcel.state(
            key: Self.receiptsRegister, version: registerCounter,
            value: origin.receipts.receipts.encoded(maxBytes: Self.receiptsBytes))
        if way(to: origin) != nil {
            if !sendUnstored(parcel, class: .receipts, to: origin, topic: Self.receiptsRegister) {
                origin.receiptsDue = now + 1_000
            }
            return
        }
        guard now >= origin.receiptsStoredUntil else {
            origin.receiptsDue = origin.receiptsStoredUntil
            return
        }
        let hub = peers.values.first { $0.session != nil && $0 !== origin && $0.entry.upstream }
        guard let hub, let session = hub.session,
            let bundle = seal(
                [[parcel]], class: .receipts, isLive: false, epoch: store.epoch,
                lifetime: settings.lifetime(.receipts) / 1_000, for: origin)
        else { return }
        origin.receiptsStoredUntil = now + Self.receiptsStoredPause
        session.send(
            bundle, class: .receipts, held: 0,
            as: .mail(destination: origin.box, way: .via(hub.box), names: []))
    }

    // MARK: Of this box's mail

    /// What a peer says of this box's mail. Only what is new since the last time is looked at.
    func heardReceipts(_ value: [UInt8], _ peer: Peer) {
        let heard: MailReceipts
        do {
            heard = try MailReceipts(decoding: value)
        } catch {
            counts.refusedParcels += 1
            return note("its receipts cannot be read: \(error)", peer.office.name)
        }
        let fresh = heard.beyond(peer.receiptsHeard)
        peer.receiptsHeard = heard
        do {
            // What has been delivered is not told as arrived first.
            let late = MailReceipts(late: fresh.late).beyond(MailReceipts(late: heard.delivered)).late
            try change(late, .arrived, peer)
            try change(fresh.delivered, .delivered, peer)
            try change(fresh.refused, .refused, peer)
        } catch {
            broken(error.description)
        }
    }

    /// Messages that change their state at one time.
    private static let changedAtOnce = 1_000

    private func change(
        _ numbers: MailReceipts.Numbers, _ state: MessageState, _ peer: Peer
    ) throws(StorageError) {
        var rows: [MessageStateRow] = []
        for (epoch, ranges) in numbers where !peer.names.isAbandoned(epoch) {
            for range in ranges.ranges where rows.count < Self.changedAtOnce {
                rows += try store.reader.messages(
                    peer: peer.office.number, epoch: epoch, range, before: state,
                    limit: Self.changedAtOnce - rows.count)
            }
        }
        guard !rows.isEmpty else { return }
        let changed = rows
        let isMore = rows.count == Self.changedAtOnce
        let ids = rows.map(\.id)
        let wall = store.wallNow()
        let office = peer.office
        for row in changed where row.state.isFailure || state == .refused {
            correspondent?.corrected(row, to: state, by: office)
        }
        store.journal.commit({ try $0.setState(ids, state, wall: wall) }) { error in
            guard error == nil else { return }
            self.correspondent?.statesChanged(ids)
            guard isMore else { return }
            do {
                try self.change(numbers, state, peer)
            } catch {
                self.broken("\(error)")
            }
        }
    }
}
