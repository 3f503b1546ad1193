internal import Carriers
internal import Storage
internal import XMPP

/// Who gets a message, as it stands (RFC 6121 §8.5), as a carbon (XEP-0280) or later (XEP-0203).
extension MessageRouter {
    /// Brings a kept message to those who should have it now; who is not there finds it in the mailbox.
    func deliver(
        _ message: Element, _ kept: KeptStanza, to person: Person, resource: String?, sender: ClientSession?
    ) {
        if Keeping.isCall(message) {
            return deliverCall(message, kept.id, to: person, resource: resource, sender: sender)
        }
        let isNew = person.arrived(kept.id)
        relay.push.arrived(message, for: person)
        guard isNew else { return }
        let direct: [ClientSession]
        if let resource, let target = person.session(resource) {
            direct = [target]
        } else {
            direct = person.receiving
        }
        let copied = Carbons.applies(to: message) ? carbonCopied(person, besides: direct, sender) : []
        guard !direct.isEmpty || !copied.isEmpty else { return }
        let stanzaID = stanzaID(kept.id, of: person)
        let bytes = Self.written(kept, adding: stanzaID) ?? message.adding(stanzaID).serialized()
        for session in direct { session.deliverMail(entry: kept.id) { bytes } }
        for session in copied {
            session.deliverMail(entry: kept.id) {
                Carbons.received(message.adding(stanzaID), for: session).serialized()
            }
        }
    }

    /// The message with one more element at its end. It has been written once, for the disk: only the
    /// element is written anew. Nil when it does not end as a message with content does.
    private static func written(_ kept: KeptStanza, adding element: Element) -> [UInt8]? {
        let end = "</message>".utf8
        guard kept.bytes.suffix(end.count).elementsEqual(end) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(kept.bytes.count + 128)
        bytes.append(contentsOf: kept.bytes.dropLast(end.count))
        element.serialize(into: &bytes, in: NS.client)
        bytes.append(contentsOf: end)
        return bytes
    }

    private func carbonCopied(_ person: Person, besides direct: [ClientSession], _ sender: ClientSession?)
        -> [ClientSession]
    {
        person.sessions.filter { session in
            session.wantsCarbons && session !== sender && !direct.contains { $0 === session }
        }
    }

    /// XEP-0280: the sender's other clients see what this one sent.
    func copyToSender(
        _ message: Element, sender: Person, except session: ClientSession, entry kept: KeptStanza?
    ) {
        guard Carbons.applies(to: message) else { return }
        let others = sender.sessions.filter { $0.wantsCarbons && $0 !== session }
        guard !others.isEmpty else { return }
        guard let kept else {
            let important = message.hasChild("body", NS.client)
            for other in others {
                other.deliver(Carbons.sent(message, for: other).serialized(), important: important)
            }
            return
        }
        let stamped = message.adding(stanzaID(kept.id, of: sender))
        for other in others {
            other.deliverMail(entry: kept.id, counts: false) {
                Carbons.sent(stamped, for: other).serialized()
            }
        }
    }

    /// RFC 6121 §8.5: to the resource, else to all that receive, unless nobody else may have it.
    func deliverLive(
        _ message: Element, to person: Person, resource: String?, sender: ClientSession? = nil
    ) {
        let bytes = message.serialized()
        let type = message["type"]
        let direct: [ClientSession]
        if let resource, let target = person.session(resource) {
            direct = [target]
        } else if type == "error" || (resource != nil && type == "headline") {
            return
        } else {
            direct = person.receiving
        }
        let important = type == "error" || message.hasChild("body", NS.client)
        for session in direct { session.deliver(bytes, important: important) }
        guard Carbons.applies(to: message) else { return }
        for session in carbonCopied(person, besides: direct, sender) {
            session.deliver(Carbons.received(message, for: session).serialized(), important: important)
        }
    }

    /// Sends an entry of the archive that the session is owed: mail, or what another client of its own sent.
    func deliverOwed(_ id: Int64, to session: ClientSession) {
        // The client may have read and acknowledged it in the archive meanwhile.
        guard session.delivered.contains(id) else { return }
        let person = session.person
        guard let entry = try? relay.store.archiveEntry(account: person.account.id, id: id),
            let message = try? StreamParser.parse(entry.bytes)
        else {
            session.delivered.remove(id)
            return
        }
        let stamped = message.adding(stanzaID(id, of: person))
        guard entry.incoming else {
            session.delivered.remove(id)
            return session.send(Carbons.sent(stamped, for: session))
        }
        let stamp = DateTime(milliseconds: Int64(clamping: entry.time)).description
        session.send(
            stamped.adding(Element("delay", NS.delay, ["from": relay.domain, "stamp": stamp])), entry: id)
    }

    func stanzaID(_ entry: Int64, of person: Person) -> Element {
        Element(
            "stanza-id", NS.sid,
            ["id": relay.archiveIDs.text(account: person.account.id, entry: entry), "by": person.bare])
    }
}
