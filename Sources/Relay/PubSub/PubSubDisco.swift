internal import XMPP

/// Discovery of an account's nodes and items (XEP-0060 §5.2 to §5.5), as far as the asker may read them.
enum PubSubDisco {
    static func info(of name: String, _ request: IQRequest, _ owner: Person) -> IQAnswer {
        guard let node = request.relay.pubsub.book(of: owner).nodes[name] else {
            return .error(PubSubError.nodeNotFound)
        }
        if let refusal = node.refusal(for: request.from, owner: owner) { return .error(refusal) }
        var query = Element("query", NS.discoInfo, ["node": name])
        query.append(Element("identity", NS.discoInfo, ["category": "pubsub", "type": "leaf"]))
        for feature in [NS.discoInfo, NS.discoItems, NS.pubsub] {
            query.append(Element("feature", NS.discoInfo, ["var": feature]))
        }
        query.append(metadata(node, owner))
        return .result([query])
    }

    private static func metadata(_ node: PubSubNode, _ owner: Person) -> Element {
        func field(_ name: String, _ value: String, type: String? = nil) -> Element {
            Element(
                "field", NS.dataForms, ["var": name, "type": type],
                [Element("value", NS.dataForms, text: value)])
        }
        let configuration = node.configuration
        return Element(
            "x", NS.dataForms, ["type": "result"],
            [
                field("FORM_TYPE", NS.pubsubMetadata, type: "hidden"),
                field("pubsub#type", configuration.type), field("pubsub#title", configuration.title),
                field("pubsub#owner", owner.bare), field("pubsub#access_model", configuration.access.name),
                field("pubsub#max_items", String(configuration.maxItems)),
                field("pubsub#num_items", String(node.items.count)),
            ])
    }

    static func items(_ request: IQRequest, _ owner: Person) -> IQAnswer {
        let book = request.relay.pubsub.book(of: owner)
        guard let name = request.payload["node"] else {
            var query = Element("query", NS.discoItems)
            for node in book.nodes.values.sorted(by: { $0.name < $1.name })
            where node.refusal(for: request.from, owner: owner) == nil {
                query.append(Element("item", NS.discoItems, ["jid": owner.bare, "node": node.name]))
            }
            return .result([query])
        }
        guard let node = book.nodes[name] else { return .error(PubSubError.nodeNotFound) }
        if let refusal = node.refusal(for: request.from, owner: owner) { return .error(refusal) }
        var query = Element("query", NS.discoItems, ["node": name])
        for item in node.items.reversed() {
            query.append(Element("item", NS.discoItems, ["jid": owner.bare, "name": item.name]))
        }
        return .result([query])
    }
}
