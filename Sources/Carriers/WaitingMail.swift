internal import Bundles
internal import Engine
internal import Storage
internal import XMPP

/// Mail that came before its predecessor: on the disk, acknowledged, and shown in its turn.
extension PostOffice {
    func keepWaiting(_ parcel: WaitingParcel, _ mail: CheckedMail, _ origin: Peer) {
        let kept = KeptStanza(id: store.takeID(), time: store.wallNow(), bytes: mail.bytes)
        origin.waiting[parcel.mail.name] = .init(
            payload: kept.id, accepted: mail.acceptedMs, bytes: mail.bytes)
        let row = WaitingRow(
            name: parcel.mail.name, previous: parcel.mail.predecessor, accepted: mail.acceptedMs,
            payload: kept.id)
        store.keep(waiting: kept, row, peer: origin.office.number)
    }

    func release(_ name: ParcelName, _ origin: Peer) {
        guard let mail = origin.waiting[name] else { return }
        forgetWaiting(name, origin)
        do {
            let checked = try checkMail(mail.bytes, name, .none, mail.accepted, origin)
            let content = checked.arrived.content
            let isKnown =
                try origin.unsyncedContents.contains(content)
                || store.reader.isDelivered(content: content, peer: origin.office.number)
            if !isKnown { deliver(checked, from: origin) }
        } catch {
            note("waiting mail cannot be read: \(error)", origin.office.name)
        }
    }

    func forgetWaiting(_ name: ParcelName, _ origin: Peer) {
        guard let mail = origin.waiting.removeValue(forKey: name) else { return }
        store.removeWaiting(name, payload: mail.payload, peer: origin.office.number)
    }

    /// Bare sender and bare recipient of a stored stanza.
    private static func conversation(_ bytes: [UInt8]) -> String? {
        guard let stanza = try? StreamParser.parse(bytes),
            let from = stanza["from"].flatMap({ try? JID($0) }),
            let to = stanza["to"].flatMap({ try? JID($0) })
        else { return nil }
        return from.bare.description + "\n" + to.bare.description
    }

    /// What waited when the process ended.
    func restoreWaiting(
        _ number: Int64, _ card: Card, _ now: UInt64
    ) throws(StorageError) -> [(parcel: WaitingParcel, mail: Peer.WaitingMail)] {
        var restored: [(parcel: WaitingParcel, mail: Peer.WaitingMail)] = []
        for row in try store.reader.waiting(peer: number) {
            guard let bytes = try store.payload(row.payload),
                let conversation = Self.conversation(bytes)
            else { continue }
            let arrived = ArrivedMail(
                name: row.name, predecessor: row.previous, conversation: conversation,
                content: contentID(
                    origin: card.domain, destination: domain, acceptedMs: row.accepted, stanza: bytes),
                bytes: bytes.count)
            restored.append(
                (
                    WaitingParcel(mail: arrived, sinceMs: now),
                    .init(payload: row.payload, accepted: row.accepted, bytes: bytes)
                ))
        }
        return restored
    }
}
