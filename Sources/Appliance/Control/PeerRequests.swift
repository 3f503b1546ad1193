internal import Bundles
internal import Carriers
internal import Storage

extension ControlHandler {
    func peerList() -> ControlResponse {
        .document(
            box.postOffice.status.map { peer in
                PeerDocument(
                    name: peer.name, domain: peer.domain, key: peer.fingerprint, addresses: peer.addresses,
                    upstream: peer.upstream, direct: peer.direct,
                    state: box.isServing ? peer.state : "unknown",
                    way: Explicit(box.isServing ? peer.way : nil),
                    since: Explicit(box.isServing ? peer.since : nil))
            })
    }

    func addPeer(_ arguments: [String: String]) -> ControlResponse {
        withCard(arguments) { card in
            let known = box.configuration.peers.compactMap { try? Card(parsing: $0.card) }
            if let same = known.first(where: { $0.name == card.name }) {
                guard same.boxID == card.boxID else {
                    return .failure(
                        ExitStatus.notPermitted,
                        """
                        \(card.name) is listed with another key. Listed: \(same.fingerprint). This card: \
                        \(card.fingerprint). If the box was replaced, compare the fingerprints with its technician and \
                        use 'peer replace'.
                        """)
                }
                return .document(PeerAddedDocument(name: card.name, key: card.fingerprint, added: false))
            }
            if let refusal = clash(card, with: known) { return refusal }
            return edit("added \(card.name)") { text throws(ConfigurationError) in
                try ConfigurationFile.addingPeer(
                    text, card: card.text, upstream: arguments["upstream"] == "true",
                    direct: arguments["direct"] != "false")
            } ?? .document(PeerAddedDocument(name: card.name, key: card.fingerprint, added: true))
        }
    }

    func replacePeer(_ arguments: [String: String]) -> ControlResponse {
        withCard(arguments) { card in
            let known = box.configuration.peers.compactMap { try? Card(parsing: $0.card) }
            guard let old = known.first(where: { $0.name == card.name }) else {
                return .failure(
                    ExitStatus.badInput, "There is no peer '\(card.name)' to replace; use 'peer add'.")
            }
            if let refusal = clash(card, with: known.filter { $0.name != card.name }) { return refusal }
            return edit("replaced \(card.name)") { text throws(ConfigurationError) in
                try ConfigurationFile.replacingPeer(text, name: card.name, newCard: card.text)
            } ?? .document(PeerReplacedDocument(name: card.name, old: old.fingerprint, new: card.fingerprint))
        }
    }

    /// A key or a domain stands for one box: refuses a card that another one, or this box, has them on.
    private func clash(_ card: Card, with others: [Card]) -> ControlResponse? {
        if let other = others.first(where: { $0.boxID == card.boxID || $0.domain == card.domain }) {
            return .failure(
                ExitStatus.notPermitted,
                "\(other.name) is listed with the same key or domain (\(other.domain)).")
        }
        guard card.boxID != box.identity.boxID, card.domain != box.configuration.box.domain else {
            return .failure(
                ExitStatus.badInput, "This is the card of this box, or of another with its domain.")
        }
        return nil
    }

    func removePeer(_ arguments: [String: String]) -> ControlResponse {
        let name = arguments["name"] ?? ""
        guard box.configuration.peers.contains(where: { $0.name == name }) else {
            return .failure(ExitStatus.badInput, "There is no peer '\(name)'; 'peer list' shows them.")
        }
        return edit("removed \(name)") { text throws(ConfigurationError) in
            try ConfigurationFile.removingPeer(text, name: name)
        } ?? .document(PeerAddedDocument(name: name, key: "", added: false))
    }

    private func withCard(_ arguments: [String: String], _ body: (Card) -> ControlResponse) -> ControlResponse
    {
        do {
            return body(try Card(parsing: arguments["card"] ?? ""))
        } catch {
            return .failure(ExitStatus.badInput, "This card was not taken: \(error)")
        }
    }

    /// Changes the configuration file and takes it over; nil when it went well.
    private func edit(
        _ what: String, _ change: (String) throws(ConfigurationError) -> String
    ) -> ControlResponse? {
        do {
            let before = try ConfigurationFile.read(box.configurationPath)
            let after = try change(before)
            _ = try Configuration(after)
            try ConfigurationFile.write(after, to: box.configurationPath)
            try box.reload()
            box.log.notice("peer list: \(what)")
            return nil
        } catch {
            let failure = error as? BoxFailure ?? BoxFailure(describing: error)
            return .failure(failure.exitCode, failure.description)
        }
    }
}

struct PeerDocument: Encodable {
    let name: String
    let domain: String
    let key: String
    let addresses: [String]
    let upstream: Bool
    let direct: Bool
    let state: String
    let way: Explicit<String>
    let since: Explicit<UInt64>
}

struct PeerAddedDocument: Encodable {
    var version = 1
    let name: String
    let key: String
    let added: Bool
}

struct PeerReplacedDocument: Encodable {
    var version = 1
    let name: String
    let old: String
    let new: String
}
