internal import Bundles
internal import Storage
internal import XMPP

/// A SASL mechanism as it is offered: SCRAM with and without channel binding, nothing else.
struct Mechanism {
    let hash: SCRAMHash
    let isPlus: Bool

    /// Names in the order of preference.
    static func offered(_ tls: RelayTLS?) -> [String] {
        let hashes: [SCRAMHash] = [.sha256, .sha1]
        let bound = tls.map { !$0.endPoint.isEmpty } ?? false
        return (bound ? hashes.map { $0.rawValue + "-PLUS" } : []) + hashes.map(\.rawValue)
    }

    init?(name: String, tls: RelayTLS?) {
        guard Self.offered(tls).contains(name) else { return nil }
        isPlus = name.hasSuffix("-PLUS")
        guard let hash = SCRAMHash(rawValue: isPlus ? String(name.dropLast(5)) : name) else { return nil }
        self.hash = hash
    }

    func server(relay: Relay) -> SCRAMServer {
        let endPoint = relay.tls?.endPoint ?? []
        let hash = hash
        return SCRAMServer(
            hash: hash, plus: isPlus,
            channelBindings: endPoint.isEmpty ? [:] : ["tls-server-end-point": endPoint],
            serverNonce: Token.random(bytes: 18),
            offerDigest: OfferDigest.text(
                mechanisms: Self.offered(relay.tls),
                bindings: endPoint.isEmpty ? nil : ["tls-server-end-point"],
                hash: hash)
        ) { name in relay.credentials(of: name, hash) }
    }
}

extension Relay {
    /// A person's credentials; for a name that nobody has, ones that look like them and never fit.
    func credentials(of username: String, _ hash: SCRAMHash) -> SCRAMCredentials {
        let folded = (try? JID(localpart: username, domain: domain, resource: nil))?.localpart ?? username
        // Made for every name, so that the time does not tell for which ones it is needed.
        let decoy = SCRAMCredentials.decoy(username: folded, hash: hash, secret: decoySecret)
        if let account = store.account(folded), !account.disabled {
            let encoded = hash == .sha1 ? account.scramSHA1 : account.scramSHA256
            if let credentials = try? SCRAMCredentials(encoded: encoded, hash: hash) { return credentials }
        }
        return decoy
    }
}
