internal import Storage
internal import XMPP

/// Service discovery (XEP-0030 2.5) and the server's entity capabilities (XEP-0115 1.6).
enum Disco {
    static let module = Extension(
        features: [NS.discoInfo, NS.discoItems, NS.caps],
        queries: [NS.discoInfo: info, NS.discoItems: items])

    @Sendable private static func info(_ request: IQRequest) -> IQAnswer {
        guard !request.isSet else { return .error(StanzaError(.badRequest)) }
        let identity = request.relay.disco
        let node = request.payload["node"]
        var query = Element("query", NS.discoInfo, ["node": node])
        if let account = request.account {
            if let node { return PubSubDisco.info(of: node, request, account) }
            guard maySee(account, request) else { return .error(StanzaError(.serviceUnavailable)) }
            return .result([Self.account(request.relay)])
        }
        guard node == nil || node == identity.node else { return .error(StanzaError(.itemNotFound)) }
        for child in identity.content { query.append(child) }
        return .result([query])
    }

    /// What every account says of itself.
    static func account(_ relay: Relay) -> Element {
        let identities = [("account", "registered"), ("pubsub", "pep")].map { category, type in
            Element("identity", NS.discoInfo, ["category": category, "type": type])
        }
        let features = [NS.discoInfo, NS.discoItems] + relay.router.accountFeatures
        return Element(
            "query", NS.discoInfo, [:],
            identities + features.map { Element("feature", NS.discoInfo, ["var": $0]) })
    }

    /// An account shows itself to its owner and to those who see its presence (XEP-0030 §8).
    private static func maySee(_ account: Person, _ request: IQRequest) -> Bool {
        request.isForSender || account.roster.item(request.from)?.from == true
    }

    @Sendable private static func items(_ request: IQRequest) -> IQAnswer {
        guard !request.isSet else { return .error(StanzaError(.badRequest)) }
        if let account = request.account {
            guard request.payload["node"] != nil || maySee(account, request) else {
                return .error(StanzaError(.serviceUnavailable))
            }
            return PubSubDisco.items(request, account)
        }
        guard request.payload["node"] == nil else { return .error(StanzaError(.itemNotFound)) }
        var query = Element("query", NS.discoItems)
        if request.account == nil {
            for service in request.relay.router.services.values.sorted(by: { $0.domain < $1.domain }) {
                query.append(Element("item", NS.discoItems, ["jid": service.domain, "name": service.name]))
            }
        }
        return .result([query])
    }

    /// What the server says of itself.
    struct Identity {
        static let software = "https://dakghar.example/caps"
        static let element = Element(
            "identity", NS.discoInfo, ["category": "server", "type": "im", "name": "Dakghar"])

        /// Identity, features and forms (XEP-0128).
        let content: [Element]
        let verification: String

        init(features: [String] = [], forms: [Element] = []) {
            content =
                [Self.element]
                + Set(features).sorted().map { Element("feature", NS.discoInfo, ["var": $0]) } + forms
            verification =
                CapabilityHash.verification(
                    of: Element("query", NS.discoInfo, [:], content), algorithm: "sha-1") ?? ""
        }

        var node: String { "\(Self.software)#\(verification)" }
        var capabilities: Element {
            Element("c", NS.caps, ["hash": "sha-1", "node": Self.software, "ver": verification])
        }
    }
}
