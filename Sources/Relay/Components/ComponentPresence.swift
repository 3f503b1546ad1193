internal import Storage
internal import XMPP

/// Subscriptions with addresses of components (RFC 6121 §3, §4): a component keeps its side itself.
extension Component {
    /// Presence of somebody here for an address of the component's, while it is connected.
    func tell(_ presence: Element, of person: Person, to contact: JID) {
        guard isConnected else { return }
        var addressed = presence
        addressed["to"] = contact.description
        receive(addressed, from: person.jid, to: contact, by: .live)
    }

    /// Asks for the presence of a contact there, for somebody who has just come.
    func probe(_ contact: JID, for person: Person) {
        let probe = Element("presence", NS.client, ["type": "probe", "from": person.bare])
        tell(probe, of: person, to: contact)
    }

    /// Presence from the component for somebody of this office.
    func presence(_ stanza: Element, from: JID, to: JID) {
        switch stanza["type"] {
        case nil, "unavailable": relay.presence.arrivedLive(stanza, from: from, to: to)
        case .some(let type) where Subscriptions.types.contains(type):
            var request = stanza
            request["from"] = from.bare.description
            request["to"] = to.bare.description
            relay.subscriptions.inbound(request, from: from.bare, to: to.bare)
        case "probe": probed(by: from.bare, to.bare)
        default: return
        }
    }

    /// Answers who has a subscription with what is there now (RFC 6121 §4.3.2).
    private func probed(by contact: JID, _ to: JID) {
        guard let person = relay.localPerson(to), !person.blocked.contains(contact) else { return }
        guard person.roster.item(contact)?.from == true else {
            return tell(
                Element("presence", NS.client, ["type": "unsubscribed", "from": person.bare]), of: person,
                to: contact)
        }
        let now = person.available.compactMap(\.presence)
        for presence in now { tell(presence, of: person, to: contact) }
        guard now.isEmpty else { return }
        tell(
            Element("presence", NS.client, ["type": "unavailable", "from": person.bare]), of: person,
            to: contact)
    }
}
