internal import Carriers
internal import Storage
internal import XMPP

extension Relay {
    /// Queues a stanza that is no message of a client (a subscription, what a component says) as mail.
    /// - Parameter refused: called when the queue does not take it, or a full disk refused it.
    func mail(
        _ stanza: Element, to office: Office, sender: JID, recipient: JID,
        importance: MailImportance = .order,
        refused: @escaping (StanzaError) -> Void = { _ in }
    ) {
        guard let offices else { return }
        let bytes = stanza.serialized()
        var kept = KeptStanza(id: store.takeID(), time: store.wallNow(), bytes: bytes)
        let parcel: KeptStanza.OutboxReference
        do {
            parcel = try offices.parcel(
                to: office, sender: sender, recipient: recipient, importance: importance, size: bytes.count,
                id: kept.id, time: kept.time)
        } catch {
            return refused(error)
        }
        kept.outbox = parcel
        store.keep(kept) { error in
            if error == nil { offices.committed(parcel) } else { refused(.diskFull) }
        }
    }
}
