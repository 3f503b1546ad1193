internal import Bundles
internal import Engine
internal import Storage
internal import XMPP

/// How much may wait, and what is said when that is reached.
extension PostOffice {
    func excess(_ size: Int, _ importance: MailImportance, _ peer: Peer) -> OutboxQuota.Excess? {
        settings.quota.excess(
            size, ParcelClass(importance), usesReserve: importance == .order,
            queuedForPeer: queuedBytesByPeer[peer.office.number] ?? 0, queued: queuedBytes)
    }

    static func refusal(_ excess: OutboxQuota.Excess, _ office: Office) -> StanzaError {
        switch excess {
        case .peer:
            StanzaError(
                .resourceConstraint,
                text:
                    "Too much waits for \(office.name) already; this was not kept. Try again when its line is back."
            )
        case .total:
            StanzaError(
                .resourceConstraint,
                text: "Too much waits for other offices; this was not kept. Try again when a line is back.")
        }
    }
}
