internal import Storage
internal import XMPP

/// What the owner of an account does with its nodes (XEP-0060 §8).
enum PubSubOwnerRequests {
    @Sendable static func handle(_ request: IQRequest) -> IQAnswer {
        guard let owner = request.account else { return .error(StanzaError(.serviceUnavailable)) }
        guard request.isForSender else { return .error(PubSubError.notTheOwner) }
        guard let action = request.payload.firstChild else { return .error(StanzaError(.badRequest)) }
        if request.isSet {
            return request.changing { reply throws(StanzaError) in try set(request, action, owner, reply) }
        }
        do throws(StanzaError) { return try get(request, action, owner) } catch { return .error(error) }
    }

    private static func node(
        _ action: Element, _ request: IQRequest, _ owner: Person
    ) throws(StanzaError) -> PubSubNode {
        let name = try PubSubRequests.nodeName(action)
        guard let node = request.relay.pubsub.book(of: owner).nodes[name] else {
            throw PubSubError.nodeNotFound
        }
        return node
    }

    private static func result(_ child: Element) -> IQAnswer {
        .result([Element("pubsub", NS.pubsubOwner, [:], [child])])
    }

    private static func get(
        _ request: IQRequest, _ action: Element, _ owner: Person
    ) throws(StanzaError) -> IQAnswer {
        if action.name == "default" {
            return result(
                Element("default", NS.pubsubOwner, [:], [NodeForm.element(NodeConfiguration())]))
        }
        let node = try node(action, request, owner)
        switch action.name {
        case "configure":
            return result(
                Element(
                    "configure", NS.pubsubOwner, ["node": node.name], [NodeForm.element(node.configuration)]))
        case "affiliations":
            var list = Element("affiliations", NS.pubsubOwner, ["node": node.name])
            list.append(affiliation(owner.bare, "owner"))
            for member in node.settings.members.sorted() { list.append(affiliation(member, "member")) }
            return result(list)
        case "subscriptions": return result(Element("subscriptions", NS.pubsubOwner, ["node": node.name]))
        default: throw PubSubError.unsupported(action.name)
        }
    }

    private static func affiliation(_ jid: String, _ name: String) -> Element {
        Element("affiliation", NS.pubsubOwner, ["jid": jid, "affiliation": name])
    }

    private static func set(
        _ request: IQRequest, _ action: Element, _ owner: Person, _ reply: @escaping (IQAnswer) -> Void
    ) throws(StanzaError) -> IQAnswer {
        let node = try node(action, request, owner)
        let service = request.relay.pubsub
        let book = service.book(of: owner)
        /// Answers, and goes on when the change is on the disk.
        func finished(_ next: @escaping () -> Void) -> PubSubBook.Completion {
            { error in
                reply(error == nil ? .result([]) : .error(.diskFull))
                guard error == nil else { return }
                next()
                service.replicas.changed(node.name, of: owner)
            }
        }
        switch action.name {
        case "configure":
            guard let settings = try configured(action, node) else { return .result([]) }
            book.configure(
                settings,
                then: finished {
                    guard settings.configuration.notifyConfig,
                        let now = service.book(of: owner).nodes[node.name]
                    else { return }
                    service.events.tell(PubSubEvents.configured(node.name), of: now, owner: owner)
                })
        case "affiliations":
            book.configure(try affiliated(action, node, owner), then: finished {})
        case "delete":
            book.delete(
                node.name,
                then: finished {
                    guard node.configuration.notifyDelete else { return }
                    service.events.tell(PubSubEvents.deleted(node.name), of: node, owner: owner)
                })
        case "purge":
            book.retract(
                node.items, from: node.name,
                then: finished {
                    guard node.configuration.notifyRetract, let now = service.book(of: owner).nodes[node.name]
                    else { return }
                    service.events.tell(PubSubEvents.purged(node.name), of: now, owner: owner)
                })
        default: throw PubSubError.unsupported(action.name)
        }
        return .later
    }

    /// The settings after a submitted form; nil when it was cancelled.
    private static func configured(_ action: Element, _ node: PubSubNode) throws(StanzaError) -> NodeSettings?
    {
        guard let form = action.child("x", NS.dataForms) else { throw StanzaError(.badRequest) }
        if form["type"] == "cancel" { return nil }
        var settings = node.settings
        try NodeForm.apply(form, to: &settings.configuration)
        return settings
    }

    /// The settings after a change of the list of members (XEP-0060 §8.9.2).
    private static func affiliated(
        _ action: Element, _ node: PubSubNode, _ owner: Person
    ) throws(StanzaError) -> NodeSettings {
        var settings = node.settings
        for change in action.children("affiliation", NS.pubsubOwner) {
            guard let jid = change["jid"].flatMap({ try? JID($0) }) else { throw StanzaError(.jidMalformed) }
            let bare = jid.bare.description
            switch change["affiliation"] ?? "" {
            case "owner" where bare == owner.bare: break
            case "member" where bare != owner.bare: settings.members.insert(bare)
            case "none" where bare != owner.bare: settings.members.remove(bare)
            default:
                throw StanzaError(.notAcceptable, text: "A node has its one owner, and members.")
            }
        }
        guard settings.members.count <= PubSubLimits.members else { throw PubSubError.tooManyMembers }
        return settings
    }
}
