internal import Bundles
internal import Engine
internal import NIOCore
internal import Storage
internal import XMPP

/// A peer was restored from a backup: what it had acknowledged since then is not in it. The archives of this
/// office's people still hold what they wrote, so it is offered again, under new names; the peer knows by
/// content what the backup brought back, and shows nothing twice.
extension PostOffice {
    /// Told by a box that was restored, as long as it lives: wall milliseconds of the backup 8, its store 8.
    static let restoredRegister = "restored"
    /// What was done about it, in this box's database only.
    static let reofferedKey = "reoffered"

    /// The clocks of two offices may differ, and mail may have been on its way for a while.
    private static let marginMs: UInt64 = 86_400_000
    private static let pageRows = 200
    /// Restores of one peer that are believed in one life: each may cost a walk through the archives.
    private static let reoffersPerLife = 8

    /// The register of this box, if it was restored.
    func announceRestore(_ peer: Peer) {
        guard let from = store.restoredFrom else { return }
        var writer = ByteWriter()
        writer.uint64(from)
        writer.uint64(store.storeID)
        setRegister(Self.restoredRegister, writer.bytes, of: peer)
    }

    func heardRestored(_ value: [UInt8], _ origin: Peer) {
        var reader = ByteReader(value)
        guard let from = try? reader.uint64(), let restored = try? reader.uint64(), reader.isAtEnd,
            restored != origin.reoffered, origin.reoffers < Self.reoffersPerLife
        else { return }
        origin.reoffers += 1
        origin.reoffered = restored
        note(
            "it was restored from a backup: what it has lost of our mail is offered again", origin.office.name
        )
        let accounts = store.accounts.map { (id: $0.id, localpart: $0.localpart) }
        offerAgain(
            .init(
                peer: origin, store: restored, since: from - min(from, Self.marginMs), accounts: accounts[...]
            ))
    }

    /// How far it has come.
    private struct Reoffer {
        let peer: Peer
        let store: UInt64
        let since: UInt64
        var accounts: ArraySlice<(id: Int64, localpart: String)>
        /// The last row of the first account that was looked at.
        var after: Int64 = 0
    }

    private func offerAgain(later reoffer: Reoffer) {
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(60)) { self.offerAgain(reoffer) }
    }

    private func offerAgain(_ begun: Reoffer) {
        var reoffer = begun
        let peer = reoffer.peer
        guard peers[peer.box] === peer else { return }
        guard queuedBytes < settings.outboxBytes, !isDiskFull() else { return offerAgain(later: begun) }
        guard let account = reoffer.accounts.first else {
            return keep(Self.reofferedKey, [], .init(epoch: .none, counter: reoffer.store), peer)
        }
        var references: [KeptStanza.OutboxReference] = []
        do {
            let rows = try store.reader.sentArchive(
                account: account.id, after: reoffer.after, since: reoffer.since, limit: Self.pageRows)
            for row in rows where isFor(peer, row.to) && !removing.contains(row.id) {
                let conversation = Peer.Conversation(
                    sender: try store.number(of: "\(account.localpart)@\(domain)"), recipient: row.recipient)
                references.append(
                    reference(peer, conversation, .chat, row.size, row.id, row.time, kind: .mail))
            }
            reoffer.after = rows.last?.id ?? 0
            if rows.count < Self.pageRows {
                reoffer.accounts = reoffer.accounts.dropFirst()
                reoffer.after = 0
            }
        } catch {
            return broken(error.description)
        }
        let kept = references
        store.journal.commit({ database in
            for reference in kept { try database.insertAgain(reference.row, peer: reference.peer) }
        }) { error in
            guard error == nil else { return self.offerAgain(later: begun) }
            if !kept.isEmpty {
                let bytes = kept.reduce(0) { $0 + $1.row.size }
                self.queuedParcels += kept.count
                self.queuedBytes += bytes
                self.queuedBytesByPeer[peer.office.number, default: 0] += bytes
                // Their rows are older than what the planner has read.
                peer.outbox.reload()
                self.drain(peer)
            }
            self.offerAgain(reoffer)
        }
    }

    private func isFor(_ peer: Peer, _ address: String) -> Bool {
        guard let jid = try? JID(address) else { return false }
        return office(for: jid.domain) == peer.office
    }
}
