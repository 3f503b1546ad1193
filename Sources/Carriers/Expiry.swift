internal import Bundles
internal import Engine
internal import Storage

/// Mail whose lifetime has passed: its sender is told, its place in the conversation is given up.
extension PostOffice {
    func expireOutbox(_ service: UInt64) {
        do {
            for (number, row) in try store.reader.expiredOutbox(at: service, limit: 1_000) {
                guard let peer = peer(number: number) else { continue }
                try expire(row, peer)
            }
        } catch {
            broken("\(error)")
        }
    }

    func expire(_ names: [ParcelName], _ peer: Peer) {
        do {
            for name in names {
                guard let row = try store.reader.outboxRow(name: name, peer: peer.office.number) else { continue }
                try expire(row, peer)
            }
        } catch {
            broken("\(error)")
        }
    }

    private func expire(_ row: OutboxRow, _ peer: Peer) throws(StorageError) {
        guard removing.insert(row.id).inserted else { return }
        let stanza = row.kind == .mail ? try store.payload(row.id) : nil
        queuedBytes -= row.size
        let id = row.id
        store.journal.commit({ try $0.removeOutbox(ids: [id]) }) { _ in self.removing.remove(id) }
        peer.outbox.expired([row.name])
        guard row.kind == .mail else { return }
        announceSkipped([row.name], row, peer)
        if let stanza { correspondent?.expired(mail: stanza, to: peer.office) }
    }

    /// The announcement is a parcel itself: kept until the destination has it.
    private func announceSkipped(_ names: [ParcelName], _ row: OutboxRow, _ peer: Peer) {
        let bytes = SkippedNotice.encode(names)
        var kept = KeptStanza(id: store.takeID(), time: store.wallNow(), bytes: bytes)
        let reference = reference(
            peer, .init(sender: row.sender, recipient: row.recipient), .urgent, bytes.count, kept.id, kept.time,
            kind: .skipped)
        kept.outbox = reference
        store.keep(kept) { error in if error == nil { self.committed(reference) } }
    }
}
