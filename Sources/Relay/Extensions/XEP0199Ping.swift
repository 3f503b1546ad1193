internal import XMPP

/// XMPP ping (XEP-0199): answered for everybody, and used to learn whether a client without stream
/// management has taken what it was sent.
enum Ping {
    static let module = Extension(
        features: [NS.ping],
        queries: [NS.ping: { _ in .result([]) }])
}

/// The question after a delivery to a client without XEP-0198: when it answers a ping that was sent
/// after a message, it has read the message.
struct DeliveryQuestion {
    private var covered: [Int64] = []
    private var waiting: [Int64] = []
    private var id: String?

    mutating func sent(_ entry: Int64, session: ClientSession) {
        waiting.append(entry)
        if id == nil { ask(session) }
    }

    /// True when the result or error was the answer to our question.
    mutating func answered(_ stanza: Element, session: ClientSession) -> Bool {
        guard let id, stanza["id"] == id else { return false }
        for entry in covered { session.person.acknowledge(entry) }
        covered = []
        self.id = nil
        if !waiting.isEmpty { ask(session) }
        return true
    }

    private mutating func ask(_ session: ClientSession) {
        let question = "ask-" + Token.random(bytes: 6)
        id = question
        covered = waiting
        waiting = []
        session.write(
            Element(
                "iq", NS.client,
                [
                    "type": "get", "id": question, "from": session.relay.domain, "to": session.fullText,
                ], [Element("ping", NS.ping)]))
    }

    var entries: [Int64] { covered + waiting }
}
