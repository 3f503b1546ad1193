internal import Carriers
internal import Storage
internal import XMPP

/// Presence subscriptions (RFC 6121 §3, Appendix A). Requests to other offices are mail: they survive
/// a cut like messages do.
final class Subscriptions {
    static let types: Set<String> = ["subscribe", "subscribed", "unsubscribe", "unsubscribed"]

    private unowned let relay: Relay

    init(relay: Relay) { self.relay = relay }

    // MARK: What a person of this office sends

    func outbound(_ stanza: Element, type: String, to contact: JID, from session: ClientSession) {
        let person = session.person
        let component = relay.components.all[contact.domain]
        guard contact != person.jid, contact.localpart != nil || component != nil else { return }
        guard contact.domain == relay.domain || component != nil || relay.office(for: contact.domain) != nil
        else {
            return relay.router.refuse(
                stanza, StanzaError(.remoteServerNotFound, text: "No peer speaks for \(contact.domain)."),
                session)
        }
        let before = person.roster.item(contact)
        if before?.isShared == true { return keep(stanza, type: type, session) }
        guard before != nil || person.roster.ownCount < relay.settings.rosterItems else {
            return relay.router.refuse(
                stanza, StanzaError(.resourceConstraint, text: "The roster is full."), session)
        }
        let ticket = session.beginUnfinished()
        session.saveManagement(urgent: false)
        var passes = true
        person.roster.change(contact, then: { _ in session.finished(ticket) }) { item in
            switch type {
            case "subscribe":
                item.listed = true
                if !item.to { item.pendingOut = true }
            case "unsubscribe":
                item.to = false
                item.pendingOut = false
            case "subscribed":
                if item.pendingIn {
                    item.from = true
                    item.pendingIn = false
                    item.listed = true
                } else {
                    passes = false
                    // Approved before it was asked for (RFC 6121 §3.4.2).
                    if !item.from {
                        item.approved = true
                        item.listed = true
                    }
                }
            default:
                passes = item.from || item.pendingIn
                item.from = false
                item.pendingIn = false
                item.approved = false
            }
        }
        guard passes else { return }
        pass(stanza, from: person, to: contact)
        if type == "unsubscribe", before?.to == true, contact.domain != relay.domain {
            relay.presence.hide(contact, from: person)
        }
        if type == "subscribed" || (type == "unsubscribed" && before?.from == true) {
            tellPresence(of: person, to: contact, gone: type == "unsubscribed")
        }
    }

    /// Colleagues of the shared roster see each other: there is nothing to ask, and nothing to end.
    private func keep(_ stanza: Element, type: String, _ session: ClientSession) {
        guard type.hasPrefix("un") else { return }
        let text = "Everybody of this office sees everybody; to hide from somebody, block them."
        relay.router.refuse(stanza, StanzaError(.notAllowed, text: text), session)
    }

    /// Ends both directions and removes the contact (RFC 6121 §2.5).
    func removeContact(_ contact: JID, of person: Person, then done: @escaping (StorageError?) -> Void) {
        let item = person.roster.item(contact)
        if item?.isShared == true { return person.roster.remove(contact, then: done) }
        if item?.to == true, contact.domain != relay.domain { relay.presence.hide(contact, from: person) }
        if item?.to == true || item?.pendingOut == true {
            pass(Element("presence", NS.client, ["type": "unsubscribe"]), from: person, to: contact)
        }
        if item?.from == true || item?.pendingIn == true {
            pass(Element("presence", NS.client, ["type": "unsubscribed"]), from: person, to: contact)
            tellPresence(of: person, to: contact, gone: true)
        }
        person.roster.remove(contact, then: done)
    }

    /// Sends the stanza from the person's bare JID: to the contact here, or as mail to their office. Its
    /// write is appended in the same turn as the roster's, so both are in one transaction.
    private func pass(_ stanza: Element, from person: Person, to contact: JID) {
        var stamped = stanza
        stamped["from"] = person.bare
        stamped["to"] = contact.description
        if contact.domain == relay.domain {
            inbound(stamped, from: person.jid, to: contact)
        } else if let component = relay.components.all[contact.domain] {
            component.receive(stamped, from: person.jid, to: contact, by: .live)
        } else if let office = relay.office(for: contact.domain) {
            relay.mail(stamped, to: office, sender: person.jid, recipient: contact)
        }
    }

    // MARK: What comes to a person of this office

    func inbound(_ stanza: Element, from sender: JID, to contact: JID) {
        let type = stanza["type"] ?? ""
        guard let person = relay.localPerson(contact) else {
            if type == "subscribe" { answer("unsubscribed", from: contact, to: sender) }
            return
        }
        guard !person.blocked.contains(sender) else { return }
        let before = person.roster.item(sender)
        switch type {
        case "subscribe": asked(stanza, person, sender, before)
        case "unsubscribe":
            guard before?.from == true || before?.pendingIn == true else { return }
            change(person, sender, deliver: stanza) { item in
                item.from = false
                item.pendingIn = false
            }
            tellPresence(of: person, to: sender, gone: true)
        case "subscribed":
            guard before?.pendingOut == true else { return }
            change(person, sender, deliver: stanza) { item in
                item.to = true
                item.pendingOut = false
            }
            if let office = relay.office(for: sender.domain) {
                relay.presence.show(sender, to: person)
                VCard.announce(person, to: office)
            }
        case "unsubscribed":
            guard before?.to == true || before?.pendingOut == true else { return }
            change(person, sender, deliver: stanza) { item in
                item.to = false
                item.pendingOut = false
            }
            if sender.domain != relay.domain { relay.presence.hide(sender, from: person) }
        default: break
        }
    }

    /// What a request says besides, bytes; of a longer one only that it came is kept.
    static let requestBytes = 4_096

    private func kept(_ stanza: Element, of person: Person) -> [UInt8]? {
        let bytes = stanza.serialized()
        guard !stanza.children.isEmpty, bytes.count <= Self.requestBytes else { return nil }
        return relay.store.cipher.sealRequest(bytes, account: person.account.id)
    }

    /// A request that waits, as it came.
    func request(of item: RosterItem, to person: Person) -> Element {
        if let sealed = item.request,
            let bytes = try? relay.store.cipher.openRequest(sealed, account: person.account.id),
            let stanza = try? StreamParser.parse(bytes)
        {
            return stanza
        }
        return Element("presence", NS.client, ["type": "subscribe", "from": item.jid, "to": person.bare])
    }

    private func asked(_ stanza: Element, _ person: Person, _ sender: JID, _ before: RosterItem?) {
        if before?.from == true { return answer("subscribed", from: person.jid, to: sender) }
        if before?.approved == true {
            change(person, sender, deliver: nil) { item in
                item.from = true
                item.listed = true
            }
            answer("subscribed", from: person.jid, to: sender)
            return tellPresence(of: person, to: sender, gone: false)
        }
        guard before != nil || person.roster.ownCount < relay.settings.rosterItems else { return }
        // Asked again while the question waits: nobody needs to see it twice (RFC 6121 §A.3.1).
        guard before?.pendingIn != true else { return }
        let request = kept(stanza, of: person)
        change(person, sender, deliver: stanza) { item in
            item.pendingIn = true
            item.request = request
        }
    }

    private func change(
        _ person: Person, _ contact: JID, deliver stanza: Element?,
        _ body: @escaping (inout RosterItem) -> Void
    ) {
        person.roster.change(
            contact,
            then: { error in
                guard error == nil, let stanza else { return }
                for session in person.available { session.send(stanza) }
            }, body)
    }

    private func answer(_ type: String, from: JID, to: JID) {
        let stanza = Element(
            "presence", NS.client, ["type": type, "from": from.bare.description, "to": to.bare.description])
        if to.domain == relay.domain {
            inbound(stanza, from: from.bare, to: to.bare)
        } else if let component = relay.components.all[to.domain] {
            component.receive(stanza, from: from.bare, to: to.bare, by: .live)
        } else if let office = relay.office(for: to.domain) {
            relay.mail(stanza, to: office, sender: from.bare, recipient: to.bare)
        }
    }

    /// After a subscription began or ended: the contact sees the person, or does so no more.
    private func tellPresence(of person: Person, to contact: JID, gone: Bool) {
        if let local = relay.localPerson(contact) {
            for session in person.available {
                guard let presence = session.presence else { continue }
                let shown =
                    gone
                    ? Element("presence", NS.client, ["type": "unavailable", "from": session.fullText])
                    : presence
                for other in local.available { other.deliverPresence(shown, to: local.bare) }
            }
        } else if let component = relay.components.all[contact.domain] {
            for session in person.available {
                guard let presence = session.presence else { continue }
                let farewell = Element(
                    "presence", NS.client, ["type": "unavailable", "from": session.fullText])
                component.tell(gone ? farewell : presence, of: person, to: contact)
            }
        } else if let office = relay.office(for: contact.domain), !gone {
            relay.presence.announce(person, to: office)
            VCard.announce(person, to: office)
        }
    }
}
