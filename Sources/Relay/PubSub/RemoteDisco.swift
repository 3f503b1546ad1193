internal import Carriers
internal import Storage
internal import XMPP

/// Service discovery of other offices' people while their line is down, out of what their boxes have left
/// here: for those who see their presence, as their own box would answer.
extension RemoteNodes {
    /// False when the line is up or the asker does not see the person: nothing was answered then.
    func answersDisco(_ stanza: Element, of office: Office, from session: ClientSession) -> Bool {
        let relay = session.relay
        guard stanza["type"] == "get", let query = stanza.firstChild, query.name == "query",
            query.namespace == NS.discoInfo || query.namespace == NS.discoItems,
            let owner = stanza["to"].flatMap({ try? JID($0) }), owner.isBare, owner.localpart != nil,
            relay.offices?.darkSince(office) != nil, session.person.roster.item(owner)?.to == true
        else { return false }
        let request = IQRequest(
            relay: relay, stanza: stanza, payload: query, from: session.jid, session: session, account: nil)
        let isInfo = query.namespace == NS.discoInfo
        guard let node = query["node"] else {
            request.reply(isInfo ? information(relay) : nodes(of: owner, office, session.person, relay))
            return true
        }
        guard let replica = replica(owner, node, office), mayRead(replica, of: owner, session.person) else {
            return false
        }
        request.reply(isInfo ? information(node) : items(of: replica, node, owner))
        return true
    }

    private func information(_ relay: Relay) -> IQAnswer {
        .result([Disco.account(relay)])
    }

    private func information(_ node: String) -> IQAnswer {
        let features = [NS.discoInfo, NS.discoItems, NS.pubsub]
        return .result([
            Element(
                "query", NS.discoInfo, ["node": node],
                [Element("identity", NS.discoInfo, ["category": "pubsub", "type": "leaf"])]
                    + features.map { Element("feature", NS.discoInfo, ["var": $0]) })
        ])
    }

    private func nodes(of owner: JID, _ office: Office, _ reader: Person, _ relay: Relay) -> IQAnswer {
        let prefix = ReplicaKey(owner: owner, node: "", part: 0).text
        let names = (relay.offices?.keptKeys(prefix, of: office) ?? []).map {
            String($0.dropFirst(prefix.count))
        }
        let readable = names.filter { name in
            replica(owner, name, office).map { mayRead($0, of: owner, reader) } ?? false
        }
        return .result([
            Element(
                "query", NS.discoItems, [:],
                readable.map { Element("item", NS.discoItems, ["jid": owner.description, "node": $0]) })
        ])
    }

    private func items(of replica: NodeReplica, _ node: String, _ owner: JID) -> IQAnswer {
        .result([
            Element(
                "query", NS.discoItems, ["node": node],
                replica.items.reversed().map {
                    Element("item", NS.discoItems, ["jid": owner.description, "name": $0.name])
                })
        ])
    }
}
