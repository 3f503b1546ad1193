internal import XMPP

/// An app server that one account has named, and what is said to it (XEP-0357 §5, §7).
struct PushRegistration {
    let id: Int64
    let account: Int64
    let service: JID
    let node: String?
    /// What the client wants to be published with each notification: the app server's secret, as a form.
    let options: Element?
    var pace = PushPace()
    /// A notification did not get away: it is due when the app server can be reached.
    var isOwed = false

    /// A node's name, and the options as XML, bytes.
    static let nodeBytes = 1_024
    static let optionBytes = 8_192

    /// - Parameter enable: the client's `<enable/>`.
    init(id: Int64, account: Int64, enable: Element) throws(StanzaError) {
        guard let service = enable["jid"].flatMap({ try? JID($0) }) else {
            throw StanzaError(.jidMalformed, text: "Name the app server in jid.")
        }
        let options = enable.child("x", NS.dataForms)
        guard (enable["node"]?.utf8.count ?? 0) <= Self.nodeBytes,
            (options?.serialized().count ?? 0) <= Self.optionBytes
        else {
            throw StanzaError(
                .notAcceptable,
                text: "A node has at most \(Self.nodeBytes) bytes, the options \(Self.optionBytes).")
        }
        self.id = id
        self.account = account
        self.service = service
        self.node = enable["node"]
        self.options = options
    }

    /// What is kept of it.
    var enable: Element {
        Element(
            "enable", NS.push, ["jid": service.description, "node": node], options.map { [$0] } ?? [])
    }

    /// The notification: how many messages wait. Not what they say nor who wrote them.
    func notification(count: Int, from account: JID, id: String) -> Element {
        var summary = DataForm(kind: "form", type: NS.pushSummary)
        summary.add("message-count", nil, String(count))
        let notification = Element("notification", NS.push, [:], [summary.element])
        let item = Element("item", NS.pubsub, [:], [notification])
        var content = [Element("publish", NS.pubsub, ["node": node], [item])]
        if let options { content.append(Element("publish-options", NS.pubsub, [:], [options])) }
        return Element(
            "iq", NS.client,
            ["type": "set", "id": id, "from": account.description, "to": service.description],
            [Element("pubsub", NS.pubsub, [:], content)])
    }

    /// Whether an error of the app server means that it will never know this registration again.
    static func isFinal(_ error: StanzaError) -> Bool {
        [.itemNotFound, .gone, .forbidden, .notAuthorized, .notAllowed, .registrationRequired]
            .contains(error.condition)
    }
}
