internal import Bundles
internal import Carriers
internal import Storage

extension ControlHandler {
    /// Entries of one answer at most.
    private static let limit = 10_000

    func queueList(_ arguments: [String: String]) -> ControlResponse {
        let peers = box.postOffice.status
        let name = arguments["peer"]
        if let name, peerNumber(name) == nil {
            return .failure(ExitStatus.badInput, "There is no peer '\(name)'; 'peer list' shows them.")
        }
        do {
            var entries: [QueueDocument.Entry] = []
            for peer in peers where name == nil || name == peer.name {
                let rows = try rows(peer.number, Self.limit - entries.count)
                let sticks = try box.store.reader.onSticks(peer: peer.number, upTo: rows.last?.id ?? 0)
                entries += rows.map { entry($0, peer, onStick: sticks[$0.id] != nil) }
            }
            for number in box.store.peerNumbers
            where !peers.contains(where: { $0.number == number }) && (name == nil || name == peerName(number))
            {
                entries += try rows(number, Self.limit - entries.count).map { entry($0, unlisted: number) }
            }
            return .document(QueueDocument(entries: entries, holds: holds()))
        } catch {
            return .failure(ExitStatus.failed, "\(error)")
        }
    }

    private func rows(_ number: Int64, _ limit: Int) throws(StorageError) -> [OutboxRow] {
        try box.store.reader.outboxPage(peer: number, after: 0, limit: limit, includingHeldBack: true)
    }

    private func entry(_ row: OutboxRow, _ peer: PeerStatus, onStick: Bool) -> QueueDocument.Entry {
        let back = row.isHeldBack ? ", and not sent again: held by administrator" : ""
        if let hub = row.leftBy {
            let name = box.postOffice.name(of: hub) ?? "a hub"
            return entry(
                row, peer.name, "left", "\(name) has it; \(peer.name) has not acknowledged it yet\(back)")
        }
        if onStick {
            return entry(
                row, peer.name, "left",
                "it is in a file of bundle export; \(peer.name) has not acknowledged it yet\(back)")
        }
        if row.isHeldBack { return entry(row, peer.name, "held", "held by administrator") }
        guard box.isServing else { return entry(row, peer.name, "waiting", "the box does not run") }
        return entry(row, peer.name, "waiting", peer.state == "down" ? "no way is up" : "on its way")
    }

    private func entry(_ row: OutboxRow, unlisted number: Int64) -> QueueDocument.Entry {
        row.isHeldBack
            ? entry(row, peerName(number), "held", "held by administrator")
            : entry(row, peerName(number), "waiting", "its box is not in the peer list any more")
    }

    private func entry(
        _ row: OutboxRow, _ peer: String, _ state: String, _ reason: String
    ) -> QueueDocument.Entry {
        let age = box.store.serviceClock.age(since: row.entered)
        let left = row.lifetime > age ? row.lifetime - age : 0
        return .init(
            id: row.id, peer: peer, class: "\(row.parcelClass)", state: state, reason: reason,
            bytes: row.size, accepted: row.accepted, expires: box.store.wallNow() + left)
    }
}

struct QueueDocument: Encodable {
    struct Entry: Encodable {
        let id: Int64
        let peer: String
        let `class`: String
        let state: String
        let reason: String
        let bytes: Int
        let accepted: UInt64
        let expires: UInt64
    }

    struct Hold: Encodable {
        /// Null: every peer, every class.
        let peer: Explicit<String>
        let `class`: Explicit<String>
        let since: UInt64
    }

    var version = 1
    let entries: [Entry]
    let holds: [Hold]
}
