internal import Bundles
internal import XMPP

/// Authentication, resumption and binding in one exchange (XEP-0388, XEP-0386): what is done, and said,
/// when the authentication has succeeded.
struct InlineSuccess {
    let connection: ClientConnection
    let person: Person
    let request: InlineRequest
    let answer: [UInt8]
    let token: Element?

    /// The offer in the stream's features.
    static func feature(_ relay: Relay) -> Element {
        var authentication = Element("authentication", NS.sasl2)
        for name in Mechanism.offered(relay.tls) {
            authentication.append(Element("mechanism", NS.sasl2, text: name))
        }
        let features = [NS.carbons, NS.csi, NS.sm].map { Element("feature", NS.bind2, ["var": $0]) }
        let tokens = HashedToken.offered(endPoint: relay.tls?.endPoint ?? []).map {
            Element("mechanism", NS.fast, text: $0)
        }
        authentication.append(
            Element(
                "inline", NS.sasl2, [:],
                [
                    Element("bind", NS.bind2, [:], [Element("inline", NS.bind2, [:], features)]),
                    Element("sm", NS.sm), Element("fast", NS.fast, [:], tokens),
                ]))
        return authentication
    }

    /// - Parameter features: what the stream offers after the authentication.
    func carryOut(features: Element) {
        var success = Element("success", NS.sasl2)
        if !answer.isEmpty {
            success.append(Element("additional-data", NS.sasl2, text: Base64.encode(answer)))
        }
        if let resume = request.resume {
            switch ResourceBinding.resumption(resume, of: person) {
            case .session(let session, let h):
                return session.resume(on: connection, h: h) { resumed in
                    complete(success, session.fullText, [resumed])
                }
            case .failed(let failed):
                guard request.bind != nil else { return finish(success, person.bare, [failed], features) }
                return bind(success, [failed], features)
            }
        }
        guard request.bind != nil else { return finish(success, person.bare, [], features) }
        bind(success, [], features)
    }

    private func bind(_ success: Element, _ before: [Element], _ features: Element) {
        guard let wish = request.bind else { return }
        do throws(StanzaError) {
            let session = try ResourceBinding.session(resource(wish), of: person, on: connection)
            // What is in the archive is read from there (XEP-0386 §3.2).
            session.readsArchive = true
            var bound = Element("bound", NS.bind2, [:], [MessageArchive.metadata(of: person)])
            if wish.hasChild("enable", NS.carbons) { session.wantsCarbons = true }
            if wish.hasChild("inactive", NS.csi) { session.beginInactive() }
            if let enable = wish.child("enable", NS.sm) { bound.append(session.enabledManagement(enable)) }
            finish(success, session.fullText, before + [bound], Element("features", NS.streams))
        } catch {
            connection.fail(StreamError(.policyViolation, text: error.text))
        }
    }

    /// The client's tag, and a part that is the same each time for the same device.
    private func resource(_ wish: Element) -> String {
        let tag = String((wish.child("tag", NS.bind2)?.text ?? "").prefix(64))
        let device =
            request.userAgent.map {
                Base64.encode(Sodium.blake2b(16, Array((person.bare + $0).utf8)).prefix(9), .url)
            }
            ?? Token.random(bytes: 9)
        return tag.isEmpty ? device : tag + "." + device
    }

    private func finish(_ success: Element, _ name: String, _ parts: [Element], _ features: Element) {
        complete(success, name, parts)
        connection.write(features)
    }

    private func complete(_ success: Element, _ name: String, _ parts: [Element]) {
        var whole = success.adding(Element("authorization-identifier", NS.sasl2, text: name))
        for part in parts { whole.append(part) }
        if let token { whole.append(token) }
        connection.write(whole)
    }
}
