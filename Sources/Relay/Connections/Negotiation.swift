internal import Storage
internal import XMPP

/// A stream before its session: RFC 6120 §4 to §7. One state at a time.
final class Negotiation {
    private enum State {
        case plain
        case secure
        case challenged(SCRAMServer, SCRAMHash)
        case authenticated(Person)
    }

    private unowned let connection: ClientConnection
    private var relay: Relay { connection.relay }
    private var state: State
    private var isOpen = false
    /// Set while a failure is being held back; nothing is taken meanwhile.
    private var isHeldBack = false
    private var failures = 0

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

    private func features() -> Element {
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

    private func authenticate(_ element: Element) {
        switch (element.namespace, element.name) {
        case (NS.sasl, "auth"): begin(element)
        case (NS.sasl, "response"): proceed(element)
        case (NS.sasl, "abort"): refuse(.aborted)
        default: connection.fail(StreamError(.notAuthorized, text: "Authenticate first."))
        }
    }

    private func begin(_ element: Element) {
        guard case .secure = state else { return refuse(.malformedRequest) }
        guard let mechanism = Mechanism(name: element["mechanism"] ?? "", tls: relay.tls) else {
            return refuse(.invalidMechanism)
        }
        guard let message = Self.payload(of: element) else { return refuse(.incorrectEncoding) }
        var server = mechanism.server(relay: relay)
        if message.isEmpty {
            // The client speaks first here, and is asked to (RFC 6120 §6.4.2).
            state = .challenged(server, mechanism.hash)
            return connection.write(Element("challenge", NS.sasl))
        }
        step(&server, message, mechanism.hash)
    }

    private func proceed(_ element: Element) {
        guard case .challenged(var server, let hash) = state else { return refuse(.malformedRequest) }
        guard let message = Self.payload(of: element) else { return refuse(.incorrectEncoding) }
        step(&server, message, hash)
    }

    private func step(_ server: inout SCRAMServer, _ message: [UInt8], _ hash: SCRAMHash) {
        let step = server.receive(message)
        let account = server.username.map(preparedName)
        guard relay.throttle.allows(address: connection.address, account: account, now: Clock.now()) else {
            return answerFailure(.temporaryAuthFailure, afterMs: LoginThrottle.longestDelay)
        }
        switch step {
        case .challenge(let bytes):
            state = .challenged(server, hash)
            connection.write(Element("challenge", NS.sasl, text: Base64.encode(bytes)))
        case .failure(let failure):
            refuse(failure, account: account)
        case .success(let bytes, let username, let authzid):
            let own = try? JID(localpart: username, domain: relay.domain, resource: nil)
            guard authzid.isEmpty || (try? JID(authzid)) == own else {
                return refuse(.invalidAuthzid, account: account)
            }
            guard let own, let person = relay.localPerson(own), !person.account.disabled else {
                return refuse(.notAuthorized, account: account)
            }
            relay.throttle.succeeded(address: connection.address, account: preparedName(username))
            state = .authenticated(person)
            isOpen = false
            connection.write(Element("success", NS.sasl, text: Base64.encode(bytes)))
            connection.authenticated()
        }
    }

    /// The name under which failures are counted: one for all spellings, and one for all that are none.
    private func preparedName(_ username: String) -> String {
        (try? JID(localpart: username, domain: relay.domain, resource: nil))?.localpart ?? ""
    }

    /// The answer to a failure waits, longer with each one from the same address or for the same
    /// account, and the same time whatever was wrong.
    private func refuse(_ failure: SASLFailure, account: String? = nil) {
        let delay = relay.throttle.failed(address: connection.address, account: account, now: Clock.now())
        answerFailure(failure, afterMs: delay)
    }

    private func answerFailure(_ failure: SASLFailure, afterMs delay: UInt64) {
        failures += 1
        state = .secure
        isHeldBack = true
        let connection = connection
        let last = failures >= 5
        relay.schedule(afterMs: delay) {
            self.isHeldBack = false
            connection.write(Element("failure", NS.sasl, [:], [Element(failure.rawValue, NS.sasl)]))
            if last { connection.fail(StreamError(.policyViolation, text: "Too many failures.")) }
        }
    }

    private static func payload(of element: Element) -> [UInt8]? {
        let text = element.text
        if text.isEmpty || text == "=" { return [] }
        guard text.utf8.count < 8_192 else { return nil }
        return try? Base64.decode(text)
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
        let resource = wish.isEmpty ? Token.random(bytes: 9) : wish
        guard let jid = try? person.jid.with(resource: resource) else {
            return answer(element, StanzaError(.badRequest, text: "This resource is not allowed."))
        }
        if let old = person.session(resource) {
            old.replaced()
        } else if person.sessions.count >= relay.settings.sessionsPerAccount, !person.endOldestHibernating() {
            return answer(
                element, StanzaError(.resourceConstraint, text: "Too many sessions of this account."))
        }
        let session = ClientSession(relay: relay, person: person, jid: jid, connection: connection)
        connection.attach(session)
        person.add(session)
        session.send(
            Element(
                "iq", NS.client, ["type": "result", "id": element["id"]],
                [Element("bind", NS.bind, [:], [Element("jid", NS.bind, text: jid.description)])]))
    }

    private func answer(_ stanza: Element, _ error: StanzaError) {
        if let reply = StanzaError.reply(to: stanza, error: error) { connection.write(reply) }
    }

    private func resume(_ element: Element, _ person: Person) {
        let previous = element["previd"] ?? ""
        let h = element["h"].flatMap { UInt32($0) }
        if let session = person.sessions.first(where: {
            $0.management?.id == previous && $0.management?.isResumable == true
        }), let h {
            isHeldBack = true
            session.resume(on: connection, h: h)
            return
        }
        var failed = Element("failed", NS.sm, [:], [Element("item-not-found", NS.stanzas)])
        if let id = try? Base64.decode(previous, .url),
            let record = try? relay.store.reader.streamManagement(id: id), record.account == person.account.id
        {
            // The session is gone, its count is not (XEP-0198 §5).
            failed["h"] = String(record.h)
        }
        connection.write(failed)
    }
}
