internal import Carriers
internal import Storage
internal import XMPP

/// Presence (RFC 6121 §4): to local subscribers at once, to other offices as a register.
final class PresenceRouter {
    private unowned let relay: Relay
    /// What other offices last told of their people, by bare JID: one presence for each resource.
    private var remote: [String: [Element]] = [:]
    /// Whom of this office they hide from, by their bare JID.
    private var hiddenFrom: [String: BlockList] = [:]

    init(relay: Relay) { self.relay = relay }

    /// - Parameter to: nil for a broadcast.
    func receive(_ stanza: Element, to: JID?, from session: ClientSession) {
        let type = stanza["type"]
        if let type, Subscriptions.types.contains(type) {
            guard let to else { return relay.router.refuse(stanza, StanzaError(.badRequest), session) }
            return relay.subscriptions.outbound(stanza, type: type, to: to.bare, from: session)
        }
        // What is nobody's business to ask (RFC 6121 §4.3), and answers that nobody waits for.
        if type == "probe" || type == "error" { return }
        guard type == nil || type == "unavailable" else {
            return relay.router.refuse(
                stanza, StanzaError(.badRequest, text: "Unknown type of presence."), session)
        }
        let shown = type == nil ? relay.avatars.stamped(stanza, of: session.person) : stanza
        if let to { return direct(shown, to: to, from: session) }
        if type == nil { session.announced = stanza }
        if type == nil { becameAvailable(shown, session) } else { becameUnavailable(stanza, session) }
    }

    // MARK: Broadcast

    private func becameAvailable(_ stanza: Element, _ session: ClientSession) {
        let initial = session.presence == nil
        let wasReceiving = session.isAvailable && session.priority >= 0
        session.presence = stanza
        session.priority = stanza.child("priority", NS.client).flatMap { Int($0.text) } ?? 0
        broadcast(stanza, of: session)
        if initial { welcome(session) }
        relay.capabilities.available(stanza, session)
        if session.priority >= 0, !wasReceiving { session.person.deliverPending(to: session) }
    }

    /// What the server adds to the session's presence has changed.
    func showAnew(_ session: ClientSession) {
        guard session.isAvailable, let announced = session.announced else { return }
        becameAvailable(relay.avatars.stamped(announced, of: session.person), session)
    }

    private func becameUnavailable(_ stanza: Element, _ session: ClientSession) {
        if session.isAvailable {
            session.presence = nil
            relay.capabilities.unavailable(session)
            broadcast(stanza, of: session)
        }
        tellDirected(stanza, session)
    }

    func sessionEnded(_ session: ClientSession) {
        guard session.isAvailable || !session.directed.isEmpty else { return }
        let wasAvailable = session.isAvailable
        session.presence = nil
        let gone = Element("presence", NS.client, ["from": session.fullText, "type": "unavailable"])
        if wasAvailable { broadcast(gone, of: session) }
        tellDirected(gone, session)
    }

    private func broadcast(_ stanza: Element, of session: ClientSession) {
        let person = session.person
        for other in person.available { other.deliverPresence(stanza, to: other.fullText) }
        if stanza["type"] == "unavailable" { session.deliverPresence(stanza, to: session.fullText) }
        var told: Set<Office> = []
        for item in person.roster.items.values where item.from {
            guard let jid = try? JID(item.jid) else { continue }
            guard !person.blocked.contains(jid) else { continue }
            if let contact = relay.localPerson(jid) {
                for other in contact.available { other.deliverPresence(stanza, to: contact.bare) }
            } else if let office = relay.office(for: jid.domain) {
                told.insert(office)
            } else if let component = relay.components.all[jid.domain] {
                component.tell(stanza, of: person, to: jid)
            }
        }
        for office in told { announce(person, to: office) }
    }

    /// What the session should know at once: its contacts, and who has asked for its presence.
    private func welcome(_ session: ClientSession) {
        let person = session.person
        for other in person.available where other !== session {
            if let presence = other.presence { session.deliverPresence(presence, to: session.fullText) }
        }
        for item in person.roster.items.values {
            guard let jid = try? JID(item.jid) else { continue }
            if item.pendingIn {
                session.send(relay.subscriptions.request(of: item, to: person))
            }
            guard item.to, relay.localPerson(jid)?.blocked.contains(person.jid) != true else { continue }
            if hiddenFrom[jid.bare.description]?.contains(person.jid) == true { continue }
            for presence in current(of: jid) { session.deliverPresence(presence, to: session.fullText) }
            relay.components.all[jid.domain]?.probe(jid, for: person)
        }
    }

    /// The presences of a contact as they are known here.
    private func current(of jid: JID) -> [Element] {
        if let contact = relay.localPerson(jid) { return contact.available.compactMap(\.presence) }
        guard let office = relay.office(for: jid.domain), let offices = relay.offices else { return [] }
        if let since = offices.darkSince(office) { return [dark(jid.bare.description, office, since)] }
        return remote[jid.bare.description] ?? []
    }

    /// A subscription of the person's began: another office's register may have come before its consent.
    func show(_ contact: JID, to person: Person) {
        for presence in current(of: contact) {
            for session in person.available { session.deliverPresence(presence, to: person.bare) }
        }
    }

    /// A subscription of the person's ended: what they saw of the contact goes.
    func hide(_ contact: JID, from person: Person) {
        let bare = contact.bare.description
        let shown: [String]
        if let local = relay.localPerson(contact) {
            shown = local.available.map(\.fullText)
        } else {
            shown = (remote[bare] ?? []).compactMap { $0["from"] }
        }
        for from in shown {
            let gone = Element("presence", NS.client, ["from": from, "type": "unavailable"])
            for session in person.available { session.deliverPresence(gone, to: person.bare) }
        }
    }

    /// Whoever is blocked sees the person go, and come again when the block is over (XEP-0191 §3.3).
    func blockChanged(_ jids: [JID], of person: Person, isBlocked gone: Bool) {
        for jid in jids where jid.domain != relay.domain { relay.pubsub.replicas.rosterChanged(person, jid) }
        for jid in jids where jid.localpart != nil && person.roster.item(jid)?.from == true {
            guard let local = relay.localPerson(jid) else {
                if let office = relay.office(for: jid.domain) { announce(person, to: office) }
                continue
            }
            for session in person.available {
                guard let presence = session.presence else { continue }
                let shown =
                    gone
                    ? Element("presence", NS.client, ["type": "unavailable", "from": session.fullText])
                    : presence
                for other in local.available { other.deliverPresence(shown, to: local.bare) }
            }
        }
    }

    // MARK: Directed

    private func direct(_ stanza: Element, to: JID, from session: ClientSession) {
        if stanza["type"] == nil {
            guard session.directed.count < Self.directedLimit else {
                return relay.router.refuse(
                    stanza, StanzaError(.resourceConstraint, text: "Presence was sent to too many already."),
                    session)
            }
            session.directed.insert(to)
        } else {
            session.directed.remove(to)
        }
        if let office = relay.office(for: to.domain),
            relay.visits.takes(stanza, to: to, office, from: session)
        {
            return
        }
        pass(stanza, to: to, from: session)
    }

    private func tellDirected(_ stanza: Element, _ session: ClientSession) {
        relay.visits.ended(session)
        for jid in session.directed { pass(stanza, to: jid, from: session) }
        session.directed = []
    }

    /// Addresses that one session may have sent presence directly.
    static let directedLimit = 1_000

    private func pass(_ stanza: Element, to: JID, from session: ClientSession) {
        var addressed = stanza
        addressed["to"] = to.description
        if let person = relay.localPerson(to) {
            guard let from = stanza["from"].flatMap({ try? JID($0) }), !person.blocked.contains(from) else {
                return
            }
            arrived(addressed, at: person, to)
        } else if let service = relay.router.service(for: to.domain) {
            service.receive(addressed, from: session.jid, to: to, by: .session(session, digest: nil))
        } else if let office = relay.office(for: to.domain) {
            _ = relay.offices?.live(addressed, to: office)
        }
    }

    func arrivedLive(_ stanza: Element, from: JID, to: JID) {
        guard let person = relay.localPerson(to), !person.blocked.contains(from) else { return }
        if relay.visits.arrived(presence: stanza, from: from, to: to) { return }
        guard stanza["type"] == nil || stanza["type"] == "unavailable" else { return }
        arrived(stanza, at: person, to)
    }

    private func arrived(_ stanza: Element, at person: Person, _ to: JID) {
        let bytes = stanza.serialized()
        if let resource = to.resource {
            person.session(resource)?.deliver(bytes, important: false)
        } else {
            for session in person.available { session.deliver(bytes, important: false) }
        }
    }

    // MARK: Other offices

    static let registerPrefix = "presence/"

    /// Puts the person's present state into the register for an office.
    func announce(_ person: Person, to office: Office) {
        let presences = person.available.compactMap(\.presence)
        // One register for a whole office: whom of it the person has blocked, its box has to leave out.
        let hidden = person.blocked.entries.filter { entry in
            (try? JID(entry)).map { office.speaks(for: $0.domain) } ?? false
        }
        let except = hidden.isEmpty ? nil : hidden.sorted().joined(separator: " ")
        let value =
            presences.isEmpty
            ? []
            : Element("presences", Self.registerNamespace, ["except": except], presences).serialized(in: "")
        relay.offices?.set(register: Self.registerPrefix + person.bare, value: value, for: office)
    }

    private static let registerNamespace = "urn:dakghar:presence:0"

    /// Announces everybody whom somebody over there may see; after a start, and when a peer is new.
    func announceAll(to office: Office) {
        for person in relay.onlinePeople {
            let seen = person.roster.items.values.contains { item in
                item.from && ((try? JID(item.jid)).map { office.speaks(for: $0.domain) } ?? false)
            }
            if seen { announce(person, to: office) }
        }
    }

    /// Another office has told of one of its people.
    func registerChanged(_ bare: String, value: [UInt8]) {
        let before = remote[bare] ?? []
        let hiddenBefore = hiddenFrom[bare]
        var now: [Element] = []
        hiddenFrom[bare] = nil
        if !value.isEmpty, let list = try? StreamParser.parse(value) {
            if let except = list["except"] {
                hiddenFrom[bare] = BlockList(except.split(separator: " ").map(String.init))
            }
            now = list.children.filter { presence in
                presence.matches("presence", NS.client) && presence["type"] == nil
                    && (presence["from"].flatMap { try? JID($0) }?.bare.description == bare)
            }
        }
        remote[bare] = now.isEmpty ? nil : now
        let left = before.compactMap { $0["from"] }.filter { from in !now.contains { $0["from"] == from } }
        var changes = now.filter { !before.contains($0) }
        changes += left.map { Element("presence", NS.client, ["from": $0, "type": "unavailable"]) }
        guard let jid = try? JID(bare) else { return }
        tellSubscribers(of: jid, changes)
        if hiddenBefore?.entries != hiddenFrom[bare]?.entries { tellHidden(jid, now, hiddenBefore) }
    }

    /// Whom the contact hides from has changed: those see them go, the others see them again.
    private func tellHidden(_ contact: JID, _ presences: [Element], _ before: BlockList?) {
        let now = hiddenFrom[contact.description]
        for person in relay.onlinePeople where person.roster.item(contact)?.to == true {
            let was = before?.contains(person.jid) ?? false
            let isHidden = now?.contains(person.jid) ?? false
            guard was != isHidden else { continue }
            for presence in presences {
                let shown =
                    isHidden
                    ? Element("presence", NS.client, ["type": "unavailable", "from": presence["from"]])
                    : presence
                for session in person.available { session.deliverPresence(shown, to: person.bare) }
            }
        }
    }

    private func tellSubscribers(of jid: JID, _ presences: [Element]) {
        guard !presences.isEmpty else { return }
        for person in relay.onlinePeople where person.roster.item(jid)?.to == true {
            if hiddenFrom[jid.description]?.contains(person.jid) == true { continue }
            for session in person.available {
                for presence in presences { session.deliverPresence(presence, to: person.bare) }
            }
        }
    }

    /// The line to an office went down or came back: its people's presence says so.
    func officeChanged(_ office: Office) {
        guard let offices = relay.offices else { return }
        let since = offices.darkSince(office)
        for person in relay.onlinePeople {
            for item in person.roster.items.values where item.to {
                guard let jid = try? JID(item.jid), office.speaks(for: jid.domain) else { continue }
                let known = remote[item.jid] ?? []
                let presences: [Element]
                if let since {
                    presences = (known.compactMap { $0["from"] } + [item.jid]).map { dark($0, office, since) }
                } else {
                    presences = known.isEmpty ? [back(item.jid)] : known
                }
                for session in person.available {
                    for presence in presences { session.deliverPresence(presence, to: person.bare) }
                }
            }
        }
    }

    private func dark(_ from: String, _ office: Office, _ since: UInt64) -> Element {
        Element(
            "presence", NS.client, ["from": from, "type": "unavailable"],
            [Element("status", NS.client, text: Self.darkText(office, since))])
    }

    /// What people read of a line that is down.
    static func darkText(_ office: Office, _ since: UInt64) -> String {
        "line to \(office.name) down since \(ClockFace.text(since)), messages will be delivered when it returns"
    }

    private func back(_ from: String) -> Element {
        Element("presence", NS.client, ["from": from, "type": "unavailable"])
    }
}

extension ClientSession {
    func deliverPresence(_ presence: Element, to: String) {
        var addressed = presence
        addressed["to"] = to
        deliver(addressed.serialized(), important: false)
    }
}
