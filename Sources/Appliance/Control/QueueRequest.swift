internal import Bundles
internal import Carriers
internal import Storage

extension ControlHandler {
    /// Entries of one answer at most.
    private static let limit = 10_000

    func queueList(_ arguments: [String: String]) -> ControlResponse {
        let peers = box.postOffice.status
        if let name = arguments["peer"], !peers.contains(where: { $0.name == name }) {
            return .failure(ExitStatus.badInput, "There is no peer '\(name)'; 'peer list' shows them.")
        }
        do {
            var entries: [QueueDocument.Entry] = []
            for peer in peers where arguments["peer"] == nil || arguments["peer"] == peer.name {
                let rows = try box.store.reader.outboxPage(
                    peer: peer.number, after: 0, limit: Self.limit - entries.count)
                let sticks = try box.store.reader.onSticks(peer: peer.number, upTo: rows.last?.id ?? 0)
                entries += rows.map { entry($0, peer, onStick: sticks[$0.id] != nil) }
            }
            return .document(QueueDocument(entries: entries))
        } catch {
            return .failure(ExitStatus.failed, error.description)
        }
    }

    private func entry(_ row: OutboxRow, _ peer: PeerStatus, onStick: Bool) -> QueueDocument.Entry {
        let age = box.store.serviceClock.age(since: row.entered)
        let left = row.lifetime > age ? row.lifetime - age : 0
        let reason: String
        if let hub = row.leftBy {
            let name = box.postOffice.name(of: hub) ?? "a hub"
            reason = "\(name) has it; \(peer.name) has not acknowledged it yet"
        } else if onStick {
            reason = "it is in a file of bundle export; \(peer.name) has not acknowledged it yet"
        } else if !box.isServing {
            reason = "the box does not run"
        } else {
            reason = peer.state == "down" ? "no way is up" : "on its way"
        }
        return .init(
            peer: peer.name, class: "\(row.parcelClass)",
            state: row.leftBy == nil && !onStick ? "waiting" : "left",
            reason: reason,
            bytes: row.size, accepted: row.accepted, expires: box.store.wallNow() + left)
    }
}

struct QueueDocument: Encodable {
    struct Entry: Encodable {
        let peer: String
        let `class`: String
        let state: String
        let reason: String
        let bytes: Int
        let accepted: UInt64
        let expires: UInt64
    }

    var version = 1
    let entries: [Entry]
}
