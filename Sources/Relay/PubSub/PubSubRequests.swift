internal import Storage
internal import XMPP

/// Requests in the namespace of XEP-0060 to an account.
enum PubSubRequests {
    @Sendable static func handle(_ request: IQRequest) -> IQAnswer {
        guard let owner = request.account else { return .error(StanzaError(.serviceUnavailable)) }
        if request.isSet {
            return request.changing { reply throws(StanzaError) in try set(request, owner, reply) }
        }
        do throws(StanzaError) { return try get(request, owner) } catch { return .error(error) }
    }

    private static func get(_ request: IQRequest, _ owner: Person) throws(StanzaError) -> IQAnswer {
        guard let action = request.payload.firstChild else { throw StanzaError(.badRequest) }
        switch action.name {
        case "items": return try items(request, action, owner)
        case "subscriptions":
            return .result([answer(Element("subscriptions", NS.pubsub, ["node": action["node"]]))])
        case "affiliations": return affiliations(request, action, owner)
        case "default":
            return .result([
                answer(Element("default", NS.pubsub, [:], [NodeForm.element(NodeConfiguration())]))
            ])
        default: throw PubSubError.unsupported(action.name)
        }
    }

    private typealias Reply = (IQAnswer) -> Void

    private static func set(
        _ request: IQRequest, _ owner: Person, _ reply: @escaping Reply
    ) throws(StanzaError) -> IQAnswer {
        let names = ["publish", "retract", "create", "subscribe", "unsubscribe", "options"]
        guard let action = request.payload.children.first(where: { names.contains($0.name) }) else {
            throw StanzaError(.badRequest)
        }
        guard ["publish", "retract", "create"].contains(action.name) else {
            throw PubSubError.unsupported(action.name == "options" ? "subscription-options" : "subscribe")
        }
        guard request.isForSender else { throw PubSubError.notTheOwner }
        switch action.name {
        case "publish": return try publish(request, action, owner, reply)
        case "retract": return try retract(request, action, owner, reply)
        default: return try create(request, action, owner, reply)
        }
    }

    static func answer(_ child: Element) -> Element { Element("pubsub", NS.pubsub, [:], [child]) }

    static func nodeName(_ action: Element) throws(StanzaError) -> String {
        guard let name = action["node"], !name.isEmpty else { throw PubSubError.nodeRequired }
        guard name.utf8.count <= PubSubLimits.nameBytes else { throw PubSubError.nameTooLong }
        return name
    }

    // MARK: Reading

    private static func items(_ request: IQRequest, _ action: Element, _ owner: Person) throws(StanzaError)
        -> IQAnswer
    {
        let query = try ItemsQuery(request.payload, action)
        let book = request.relay.pubsub.book(of: owner)
        guard let node = book.nodes[query.node] else { throw PubSubError.nodeNotFound }
        if let refusal = node.refusal(for: request.from, owner: owner) { throw refusal }
        let newestFirst = Array(node.items.reversed())
        return try query.answer(newestFirst.map { ($0.name, $0.size) }) { book.payload(newestFirst[$0]) }
    }

    /// What the asking person is to the nodes of the account (XEP-0060 §5.7).
    private static func affiliations(_ request: IQRequest, _ action: Element, _ owner: Person) -> IQAnswer {
        var list = Element("affiliations", NS.pubsub, ["node": action["node"]])
        let asker = request.from.bare.description
        for (name, node) in request.relay.pubsub.book(of: owner).nodes.sorted(by: { $0.key < $1.key }) {
            if let only = action["node"], only != name { continue }
            let affiliation =
                request.isForSender ? "owner" : node.settings.members.contains(asker) ? "member" : nil
            guard let affiliation else { continue }
            list.append(Element("affiliation", NS.pubsub, ["node": name, "affiliation": affiliation]))
        }
        return .result([answer(list)])
    }

    // MARK: Writing

    private static func publish(
        _ request: IQRequest, _ action: Element, _ owner: Person, _ reply: @escaping Reply
    ) throws(StanzaError) -> IQAnswer {
        let name = try nodeName(action)
        let items = action.children("item", NS.pubsub)
        guard items.count == 1, let item = items.first else { throw PubSubError.itemRequired }
        guard item.children.count <= 1 else { throw PubSubError.payloadInvalid }
        let options = request.payload.child("publish-options", NS.pubsub)?.child("x", NS.dataForms)
        let answer = try request.relay.pubsub.publish(
            item.firstChild, id: item["id"], in: name, of: owner, options: options
        ) { error, id in
            guard error == nil else { return reply(.error(.diskFull)) }
            let published = Element(
                "publish", NS.pubsub, ["node": name], [Element("item", NS.pubsub, ["id": id])])
            reply(.result([Self.answer(published)]))
        }
        return answer
    }

    private static func retract(
        _ request: IQRequest, _ action: Element, _ owner: Person, _ reply: @escaping Reply
    ) throws(StanzaError) -> IQAnswer {
        let name = try nodeName(action)
        let wanted = action.children("item", NS.pubsub).compactMap { $0["id"] }
        guard !wanted.isEmpty, wanted.count <= PubSubLimits.items else { throw PubSubError.itemRequired }
        let tell = action["notify"] == "true" || action["notify"] == "1"
        return try request.relay.pubsub.retract(wanted, from: name, of: owner, tell: tell) { error in
            reply(error == nil ? .result([]) : .error(.diskFull))
        }
    }

    private static func create(
        _ request: IQRequest, _ action: Element, _ owner: Person, _ reply: @escaping Reply
    ) throws(StanzaError) -> IQAnswer {
        let name = action["node"] ?? Token.random(bytes: 12)
        let book = request.relay.pubsub.book(of: owner)
        guard book.nodes[name] == nil else { throw StanzaError(.conflict, text: "There is such a node.") }
        guard !request.relay.disk.isFull else { throw .diskFull }
        var settings = NodeSettings(name: name, configuration: NodeConfiguration())
        if let form = request.payload.child("configure", NS.pubsub)?.child("x", NS.dataForms) {
            try NodeForm.apply(form, to: &settings.configuration)
        }
        let named = action["node"] != nil
        try book.create(settings) { error in
            guard error == nil else { return reply(.error(.diskFull)) }
            reply(.result(named ? [] : [answer(Element("create", NS.pubsub, ["node": name]))]))
        }
        return .later
    }
}
