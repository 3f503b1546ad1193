internal import Carriers
internal import Storage
internal import XMPP

/// Contact cards (XEP-0054 1.2). The card of a person whom another office knows is a register there, so
/// that it is answered while the line is down.
enum VCard {
    static let module = Extension(
        features: [NS.vcard], accountFeatures: [NS.vcard], queries: [NS.vcard: handle])

    /// Bytes of a card as it is serialised; also what fits into a register.
    private static let limit = 48 << 10

    @Sendable private static func handle(_ request: IQRequest) -> IQAnswer {
        guard request.payload.name == "vCard" else { return .error(StanzaError(.badRequest)) }
        // XEP-0054 §3.3: one error for "no card" and for "nobody", so that nobody can list accounts.
        guard let person = request.account else { return .error(StanzaError(.serviceUnavailable)) }
        if request.isSet { return set(request, of: person) }
        guard let card = card(of: person, relay: request.relay) else {
            return request.isForSender
                ? .result([Element("vCard", NS.vcard)]) : .error(StanzaError(.serviceUnavailable))
        }
        return .result([card])
    }

    private static func set(_ request: IQRequest, of person: Person) -> IQAnswer {
        guard let session = request.session, request.isForSender else {
            return .error(StanzaError(.forbidden))
        }
        let ticket = session.beginUnfinished()
        session.saveManagement(urgent: false)
        let isStored = store(request.payload, of: person) { error in
            defer { session.finished(ticket) }
            guard error == nil else { return request.reply(.error(.diskFull)) }
            request.reply(.result([]))
            request.relay.avatars.cardChanged(request.payload, of: person)
        }
        if isStored { return .later }
        session.finished(ticket)
        return .error(
            StanzaError(.notAcceptable, text: "A card has at most \(limit) bytes; use a smaller photo."))
    }

    /// Replaces the card, and tells the offices that keep it; false when it is too large.
    static func store(
        _ card: Element, of person: Person, then done: @escaping (StorageError?) -> Void
    ) -> Bool {
        let bytes = card.serialized()
        guard bytes.count <= limit else { return false }
        let relay = person.relay
        _ = relay.store.setCard(bytes, of: person.account.id) { error in
            done(error)
            guard error == nil else { return }
            for office in offices(knowing: person, relay: relay) { announce(person, to: office) }
        }
        relay.directory.cardChanged(card, of: person)
        return true
    }

    static func card(of person: Person, relay: Relay) -> Element? {
        relay.read(nil) {
            guard let bytes = try relay.store.card(of: person.account.id) else { return nil }
            return try StreamParser.parse(bytes)
        }
    }

    // MARK: To other offices

    /// Offices where somebody has a subscription with the person, either way.
    private static func offices(knowing person: Person, relay: Relay) -> Set<Office> {
        let known = person.roster.items.values.filter { $0.to || $0.from }
        let all = (relay.offices?.all ?? []).filter { isForAll($0, person) }
        return Set(all).union(
            known.compactMap { item in (try? JID(item.jid)).flatMap { relay.office(for: $0.domain) } })
    }

    private static func isForAll(_ office: Office, _ person: Person) -> Bool {
        person.relay.offices?.takesAll(office) == true && person.relay.directory.isAmongFirst(person)
    }

    private static func key(_ bare: String) -> String { PostOffice.keptPrefix + bare }

    /// The office should have the person's card, if there is one.
    static func announce(_ person: Person, to office: Office) {
        let tag = person.relay.read(nil) {
            try person.relay.store.reader.cardTag(account: person.account.id)
        }
        guard let tag else { return }
        person.relay.offices?.changed(kept: key(person.bare), tag: tag, for: office)
    }

    static func announceAll(to office: Office, relay: Relay) {
        var notices = relay.read([]) { try relay.store.reader.cards(forContactsIn: office.domain) }
        if relay.offices?.takesAll(office) == true {
            let known = Set(notices.map(\.localpart))
            let all = relay.read([]) { try relay.store.reader.cards(limit: Directory.replicaLimit) }
            notices += all.filter { !known.contains($0.localpart) }
        }
        for notice in notices {
            relay.offices?.changed(
                kept: key("\(notice.localpart)@\(relay.domain)"), tag: notice.tag, for: office)
        }
    }

    static func withdraw(_ localpart: String, relay: Relay) {
        relay.offices?.withdraw(kept: key("\(localpart)@\(relay.domain)"))
    }

    static func registerValue(_ key: String, relay: Relay) -> [UInt8] {
        guard let jid = try? JID(String(key.dropFirst(PostOffice.keptPrefix.count))),
            let person = relay.localPerson(jid)
        else { return [] }
        return relay.read([]) { try relay.store.card(of: person.account.id) ?? [] }
    }

    // MARK: Of other offices

    /// The answer to a question for the card of somebody elsewhere, when that office has told it.
    static func replica(for stanza: Element, to: JID, of office: Office, relay: Relay) -> Element? {
        guard stanza["type"] == "get", to.isBare, stanza.hasChild("vCard", NS.vcard),
            let bytes = relay.read(nil, { try relay.offices?.kept(key(to.description), of: office) }),
            // What another office wrote may be anything.
            let card = try? StreamParser.parse(bytes), card.name == "vCard", card.namespace == NS.vcard
        else { return nil }
        return Element(
            "iq", NS.client,
            ["type": "result", "id": stanza["id"], "from": to.description, "to": stanza["from"]], [card])
    }
}
