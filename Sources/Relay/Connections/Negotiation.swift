internal import Storage
internal import XMPP

/// A stream before its session: RFC 6120 §4 to §7. One state at a time.
final class Negotiation {
    enum State {
        case plain
        case secure
        case challenged(SCRAMServer, SASLProfile)
        case authenticated(Person)
    }

    unowned let connection: ClientConnection
    var relay: Relay { connection.relay }
    var state: State
    var isOpen = false
    /// Set while a failure is being held back; nothing is taken meanwhile.
    var isHeldBack = false
    var failures = 0
    /// What the client may make an account with (XEP-0445).
    var invitation: Invitation?

    init(connection: ClientConnection) {
        self.connection = connection
        state = connection.isSecure ? .secure : .plain
    }

    // MARK: The stream

    func open(_ root: Element) {
        isOpen = true
        connection.writeOpening(id: Token.random(bytes: 12))
        guard root.namespace == NS.streams, root.name == "stream" else {
            return connection.fail(StreamError(.invalidNamespace))
        }
        if let to = root["to"] {
            guard let jid = try? JID(to), jid.domain == relay.domain else {
                return connection.fail(StreamError(.hostUnknown, text: "This box serves \(relay.domain)."))
            }
        }
        guard let version = root["version"], !version.hasPrefix("0") else {
            return connection.fail(StreamError(.unsupportedVersion))
        }
        connection.write(features())
    }

    /// A stream error needs an opened stream to stand in (RFC 6120 §4.9.1.2).
    func openIfNeeded() {
        guard !isOpen else { return }
        isOpen = true
        connection.writeOpening(id: Token.random(bytes: 12))
    }

    func features() -> Element {
        var features = Element("features", NS.streams)
        switch state {
        case .plain:
            features.append(Element("starttls", NS.tls, [:], [Element("required", NS.tls)]))
        case .secure, .challenged:
            var mechanisms = Element("mechanisms", NS.sasl)
            for name in Mechanism.offered(relay.tls) {
                mechanisms.append(Element("mechanism", NS.sasl, text: name))
            }
            features.append(mechanisms)
            features.append(InlineSuccess.feature(relay))
            features.append(Element("register", NS.tokenRegistration))
            if let binding = relay.tls?.endPoint, !binding.isEmpty {
                features.append(
                    Element(
                        "sasl-channel-binding", NS.saslChannelBinding, [:],
                        [Element("channel-binding", NS.saslChannelBinding, ["type": "tls-server-end-point"])])
                )
            }
        case .authenticated:
            features.append(Element("bind", NS.bind))
            features.append(Element("session", NS.session, [:], [Element("optional", NS.session)]))
            features.append(Element("sm", NS.sm))
            features.append(Element("csi", NS.csi))
            features.append(Element("ver", NS.rosterVer))
            features.append(Element("sub", NS.preApproval))
            features.append(relay.disco.capabilities)
        }
        return features
    }

    // MARK: Elements

    func receive(_ element: Element) {
        guard !isHeldBack else { return connection.fail(StreamError(.policyViolation)) }
        switch state {
        case .plain:
            guard element.matches("starttls", NS.tls), relay.tls != nil else {
                return connection.fail(StreamError(.notAuthorized, text: "STARTTLS first."))
            }
            connection.write(Element("proceed", NS.tls))
            state = .secure
            isOpen = false
            connection.startTLS()
        case .secure, .challenged: authenticate(element)
        case .authenticated(let person): bind(element, person)
        }
    }

    // MARK: After authentication

    private func bind(_ element: Element, _ person: Person) {
        // The account may have been closed, and made anew, since the password was checked.
        guard relay.localPerson(person.jid) === person, !person.account.disabled else {
            return connection.fail(StreamError(.notAuthorized, text: "This account was closed."))
        }
        if element.matches("resume", NS.sm) { return resume(element, person) }
        if element.matches("enable", NS.sm) {
            return connection.write(
                Element("failed", NS.sm, [:], [Element("unexpected-request", NS.stanzas)]))
        }
        guard element.matches("iq", NS.client), element["type"] == "set",
            let request = element.child("bind", NS.bind)
        else { return connection.fail(StreamError(.notAuthorized, text: "Bind a resource first.")) }
        let wish = request.child("resource", NS.bind)?.text ?? ""
        do throws(StanzaError) {
            let session = try ResourceBinding.session(
                wish.isEmpty ? Token.random(bytes: 9) : wish, of: person, on: connection)
            session.send(
                Element(
                    "iq", NS.client, ["type": "result", "id": element["id"]],
                    [Element("bind", NS.bind, [:], [Element("jid", NS.bind, text: session.fullText)])]))
        } catch {
            answer(element, error)
        }
    }

    private func answer(_ stanza: Element, _ error: StanzaError) {
        if let reply = StanzaError.reply(to: stanza, error: error) { connection.write(reply) }
    }

    private func resume(_ element: Element, _ person: Person) {
        switch ResourceBinding.resumption(element, of: person) {
        case .session(let session, let h):
            isHeldBack = true
            let connection = connection
            session.resume(on: connection, h: h) { connection.write($0) }
        case .failed(let failed): connection.write(failed)
        }
    }
}
