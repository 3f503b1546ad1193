internal import Storage
internal import XMPP

/// Notifications to those who may read a node, see its owner's presence and have asked with `+notify`
/// (XEP-0163 §4). What other offices see is told through replicas.
final class PubSubEvents {
    private unowned let service: PubSub
    private var relay: Relay { service.relay }

    init(service: PubSub) { self.service = service }

    // MARK: What is told

    static func published(_ node: String, _ item: String, _ payload: Element?) -> Element {
        Element(
            "items", NS.pubsubEvent, ["node": node],
            [Element("item", NS.pubsubEvent, ["id": item], payload.map { [$0] } ?? [])])
    }

    static func retracted(_ node: String, _ items: [String]) -> Element {
        Element(
            "items", NS.pubsubEvent, ["node": node],
            items.map { Element("retract", NS.pubsubEvent, ["id": $0]) })
    }

    static func deleted(_ node: String) -> Element { Element("delete", NS.pubsubEvent, ["node": node]) }
    static func purged(_ node: String) -> Element { Element("purge", NS.pubsubEvent, ["node": node]) }
    static func configured(_ node: String) -> Element {
        Element("configuration", NS.pubsubEvent, ["node": node])
    }

    // MARK: To whom

    /// Tells the owner's clients and the contacts of this office.
    func tell(_ event: Element, of node: PubSubNode, owner: Person) {
        for session in owner.available where session.wantedNodes.contains(node.name) {
            send(event, from: owner.bare, to: session)
        }
        for item in owner.roster.items.values where item.from {
            guard let jid = try? JID(item.jid), let contact = relay.localPerson(jid), contact !== owner,
                !owner.blocked.contains(jid), !contact.blocked.contains(owner.jid),
                node.refusal(for: jid, owner: owner) == nil
            else { continue }
            for session in contact.available where session.wantedNodes.contains(node.name) {
                send(event, from: owner.bare, to: session)
            }
        }
    }

    /// The newest items of a person's nodes, as far as they may be read.
    func sendLast(of owner: Person, to session: ClientSession, _ nodes: Set<String>) {
        guard !nodes.isEmpty, !owner.blocked.contains(session.jid),
            !session.person.blocked.contains(owner.jid)
        else { return }
        let book = service.book(of: owner)
        for name in nodes {
            guard let node = book.nodes[name], let item = node.items.last,
                node.configuration.sendLast == .onSubscriptionAndPresence,
                node.refusal(for: session.jid, owner: owner) == nil
            else { continue }
            let payload = node.configuration.deliverPayloads ? book.payload(item) : nil
            send(Self.published(name, item.name, payload), from: owner.bare, to: session)
        }
    }

    func send(_ event: Element, from: String, to session: ClientSession) {
        let message = Element(
            "message", NS.client,
            ["type": "headline", "from": from, "to": session.fullText, "id": Token.random(bytes: 9)],
            [Element("event", NS.pubsubEvent, [:], [event])])
        session.deliver(message.serialized(), important: false)
    }
}
