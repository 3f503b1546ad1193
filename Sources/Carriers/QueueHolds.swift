internal import Bundles
internal import Engine
package import Storage

/// What an administrator holds back, lets go and drops. What is held back is not sent by any way, and
/// nothing waits behind it; its lifetime goes on.
extension PostOffice {
    /// What is held back now and, without entries named one by one, also as it comes.
    package var standingHolds: [HoldRow] { holds }

    func isHeldBack(_ number: Int64, _ parcelClass: ParcelClass) -> Bool {
        holds.contains { $0.selection.covers(MailSelection(peer: number, parcelClass: parcelClass)) }
    }

    /// Entries whose change is told to their senders one by one.
    private static let toldEntries = 10_000

    /// Holds the selected mail back.
    /// - Parameter done: gets how many entries that changed, or why nothing did.
    package func hold(_ selection: MailSelection, then done: @escaping (Result<Int, StorageError>) -> Void) {
        do {
            let count = try waiting(selection, isHeld: false)
            let order = HoldRow(selection: selection, since: store.wallNow())
            let isOrder = selection.ids.isEmpty && !holds.contains { $0.selection == selection }
            if isOrder { holds.append(order) }
            store.journal.commit({ database in
                if isOrder { try database.insertHold(order) }
                try database.setHeld(true, selection)
            }) { error in
                if let error {
                    if isOrder { self.holds.removeAll { $0 == order } }
                    return done(.failure(error))
                }
                let wanted = Set(selection.ids)
                for peer in self.selected(selection) {
                    peer.outbox.withhold { head in
                        (wanted.isEmpty || wanted.contains(head.rowID))
                            && (selection.parcelClass ?? head.parcelClass) == head.parcelClass
                    }
                    self.drain(peer)
                }
                self.log("\(count) entries are held back by an administrator", selection)
                self.tellSenders(selection, isHeld: true)
                done(.success(count))
            }
        } catch {
            done(.failure(error))
        }
    }

    /// Lets go what is held back; orders that the selection covers end.
    /// - Parameter done: gets how many entries wait again.
    package func release(_ selection: MailSelection, then done: @escaping (Result<Int, StorageError>) -> Void)
    {
        do {
            let count = try waiting(selection, isHeld: true)
            let ended = holds.filter { selection.covers($0.selection) }
            holds.removeAll { ended.contains($0) }
            store.journal.commit({ database in
                for order in ended { try database.removeHold(order.selection) }
                try database.setHeld(false, selection)
            }) { error in
                if let error {
                    self.holds += ended
                    return done(.failure(error))
                }
                for peer in self.selected(selection) {
                    peer.outbox.letGo()
                    self.drain(peer)
                }
                self.log("\(count) entries were let go by an administrator", selection)
                self.tellSenders(selection, isHeld: false)
                done(.success(count))
            }
        } catch {
            done(.failure(error))
        }
    }

    /// Drops the selected mail for good; each sender is told, with the reason.
    /// - Parameter done: gets how many entries there were.
    package func drop(
        _ selection: MailSelection, because reason: String,
        then done: @escaping (Result<Int, StorageError>) -> Void
    ) {
        drop(selection, reason, after: 0, count: 0, done)
    }

    /// As many at a time as one transaction takes without keeping others waiting.
    private static let droppedAtOnce = 1_000

    private func drop(
        _ selection: MailSelection, _ reason: String, after: Int64, count: Int,
        _ done: @escaping (Result<Int, StorageError>) -> Void
    ) {
        do {
            let found = try store.reader.outboxRows(selection, after: after, limit: Self.droppedAtOnce)
            guard let last = found.last else {
                log("\(count) entries were dropped by an administrator: \(reason)", selection)
                return done(.success(count))
            }
            for entry in found where !removing.contains(entry.id) {
                guard let row = try store.reader.outboxRow(id: entry.id) else { continue }
                if let peer = peer(number: entry.peer) {
                    try giveUp(row, peer, .dropped, because: .dropped(reason))
                } else {
                    // Its box is in no list any more; whoever wrote it is here all the same.
                    try giveUpUnlisted(row, entry.peer, .dropped(reason))
                }
            }
            store.journal.commit({ _ in }) { error in
                if let error { return done(.failure(error)) }
                self.drop(selection, reason, after: last.id, count: count + found.count, done)
            }
        } catch {
            done(.failure(error))
        }
    }

    /// Ends what waits for a box that left the list: there is nobody to announce it to.
    func giveUpUnlisted(_ row: OutboxRow, _ number: Int64, _ end: MailEnd) throws(StorageError) {
        guard !removing.contains(row.id) else { return }
        let stanza = row.kind == .mail ? try store.payload(row.id) : nil
        let remembered = try rememberedDomain(number)
        let domain = remembered ?? retired[number]?.domain ?? "removed-\(number)"
        drop([(row.id, row.size)], of: number, end == .expired ? .expired : .dropped)
        guard let stanza else { return }
        correspondent?.ended(
            mail: stanza, id: row.id, to: Office(name: domain, domain: domain, number: number), because: end)
    }

    private func waiting(_ selection: MailSelection, isHeld: Bool) throws(StorageError) -> Int {
        try store.reader.countOutbox(selection, isHeld: isHeld)
    }

    private func selected(_ selection: MailSelection) -> [Peer] {
        peers.values.filter { selection.peer == nil || selection.peer == $0.office.number }
    }

    private func log(_ text: String, _ selection: MailSelection) {
        note("queue: " + text, selection.peer.flatMap { peer(number: $0)?.office.name })
    }

    private func tellSenders(_ selection: MailSelection, isHeld: Bool) {
        guard correspondent?.watchesStates == true else { return }
        do {
            let found = try store.reader.outboxRows(
                selection, isHeld: isHeld, after: 0, limit: Self.toldEntries)
            correspondent?.statesChanged(found.map(\.id))
        } catch {
            broken(error.description)
        }
    }
}
