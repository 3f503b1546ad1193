internal import Carriers
internal import Storage
internal import XMPP

/// Nodes of other offices' people, answered and told of from what their boxes have left here.
final class RemoteNodes {
    private unowned let service: PubSub
    private var relay: Relay { service.relay }

    init(service: PubSub) { self.service = service }

    // MARK: Answering

    /// Answers a request for items from the replica. False when there is none, or when it does not say
    /// everything and the line is up: the request goes over the line then.
    func answers(_ stanza: Element, of office: Office, from session: ClientSession) -> Bool {
        guard stanza["type"] == "get", let pubsub = stanza.firstChild, pubsub.matches("pubsub", NS.pubsub),
            let items = pubsub.child("items", NS.pubsub), let owner = stanza["to"].flatMap({ try? JID($0) }),
            owner.isBare, let query = try? ItemsQuery(pubsub, items),
            let replica = replica(owner, query.node, office), mayRead(replica, of: owner, session.person)
        else { return false }
        let newestFirst = Array(replica.items.reversed())
        let names = Set(newestFirst.map(\.name))
        let isWhole = query.ids.isEmpty ? !replica.isIncomplete : names.isSuperset(of: query.ids)
        let isDark = relay.offices?.darkSince(office) != nil
        guard isWhole || isDark || !replica.isIncomplete else { return false }
        let request = IQRequest(
            relay: relay, stanza: stanza, payload: pubsub, from: session.jid, session: session, account: nil)
        do {
            request.reply(
                try query.answer(newestFirst.map { ($0.name, $0.payload.count) }) { place in
                    Self.element(newestFirst[place].payload)
                })
        } catch {
            request.reply(.error(error))
        }
        return true
    }

    /// Open to everybody, or to those who see the owner's presence: as our own roster knows it, which
    /// only the owner's consent has changed.
    func mayRead(_ replica: NodeReplica, of owner: JID, _ reader: Person) -> Bool {
        guard replica.hidden.isEmpty || !BlockList(replica.hidden).contains(reader.jid) else { return false }
        return switch replica.access {
        case .open: true
        case .presence: reader.roster.item(owner)?.to == true
        case .whitelist: false
        }
    }

    private static func element(_ bytes: [UInt8]) -> Element? {
        bytes.isEmpty ? nil : try? StreamParser.parse(bytes)
    }

    // MARK: Replicas

    func replica(_ owner: JID, _ node: String, _ office: Office) -> NodeReplica? {
        replica(owner, node, office, replacing: nil)
    }

    /// The whole node out of its parts.
    /// - Parameter change: a part as it will be.
    private func replica(
        _ owner: JID, _ node: String, _ office: Office, replacing change: (part: Int, value: [UInt8])?
    ) -> NodeReplica? {
        func part(_ number: Int) -> NodeReplica? {
            let key = ReplicaKey(owner: owner, node: node, part: number).text
            let value =
                change?.part == number
                ? change?.value : relay.read(nil) { try relay.offices?.kept(key, of: office) }
            guard let value, !value.isEmpty else { return nil }
            return try? NodeReplica(decoding: value)
        }
        guard var whole = part(0) else { return nil }
        if whole.isDivided {
            for number in 1..<ReplicaKey.parts {
                guard let piece = part(number), piece.access == whole.access else {
                    whole.isIncomplete = true
                    continue
                }
                whole.items += piece.items
                whole.isIncomplete = whole.isIncomplete || piece.isIncomplete
            }
            whole.items.sort { $0.sequence < $1.sequence }
        }
        return whole
    }

    // MARK: Telling

    /// An office has changed what it leaves here of a node; the old value is still the kept one.
    func registerChanged(_ text: String, value: [UInt8], of office: Office) {
        guard let key = ReplicaKey(text) else { return }
        let before = replica(key.owner, key.node, office)
        let after = replica(key.owner, key.node, office, replacing: (key.part, value))
        guard before != after, before != nil || after != nil else { return }
        for person in relay.onlinePeople
        where person.roster.item(key.owner)?.to == true && !person.blocked.contains(key.owner) {
            let events = Self.events(
                node: key.node, before: before.flatMap { mayRead($0, of: key.owner, person) ? $0 : nil },
                after: after.flatMap { mayRead($0, of: key.owner, person) ? $0 : nil })
            for session in person.available where session.wantedNodes.contains(key.node) {
                for event in events { service.events.send(event, from: key.owner.description, to: session) }
            }
        }
    }

    /// What has happened to a node, seen from here.
    static func events(node: String, before: NodeReplica?, after: NodeReplica?) -> [Element] {
        guard let after else {
            return before.map { $0.notifiesDelete ? [PubSubEvents.deleted(node)] : [] } ?? []
        }
        func published(_ item: NodeReplica.Item) -> Element {
            PubSubEvents.published(node, item.name, after.deliversPayloads ? element(item.payload) : nil)
        }
        guard let before else {
            return after.items.last.map { [published($0)] } ?? []
        }
        var events: [Element] = []
        let names = Set(after.items.map(\.name))
        // What a limit has pushed out was not taken back: a new item has come with it.
        let known = Set(before.items.map(\.sequence))
        let new = after.items.filter { !known.contains($0.sequence) }
        let gone = before.items.map(\.name).filter { !names.contains($0) }
        if new.isEmpty, !gone.isEmpty, after.notifiesRetract, !after.isIncomplete {
            events.append(PubSubEvents.retracted(node, gone))
        }
        return events + new.map(published)
    }

    /// The newest items of a contact in another office, after a client has come.
    func sendLast(of owner: JID, to session: ClientSession, _ nodes: Set<String>) {
        guard let office = relay.office(for: owner.domain), !session.person.blocked.contains(owner) else {
            return
        }
        for node in nodes {
            guard let replica = replica(owner.bare, node, office), replica.sendsLast,
                let item = replica.items.last,
                mayRead(replica, of: owner, session.person)
            else { continue }
            let payload = replica.deliversPayloads ? Self.element(item.payload) : nil
            service.events.send(
                PubSubEvents.published(node, item.name, payload), from: owner.bare.description, to: session)
        }
    }
}
