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

    /// The entries that a result or error settles; nil when it is no answer to our question.
    mutating func answered(by stanza: Element, session: ClientSession) -> [Int64]? {
        guard let id, stanza["id"] == id else { return nil }
        let settled = covered
        covered = []
        self.id = nil
        if !waiting.isEmpty { ask(session) }
        return settled
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
}

extension ClientSession {
    /// Whether the result or error answers a question of the box's own.
    func answersQuestion(_ stanza: Element) -> Bool {
        guard let settled = asked.answered(by: stanza, session: self) else { return false }
        for entry in settled { acknowledged(entry: entry) }
        return true
    }
}
