internal import Storage
internal import XMPP

/// The negotiation's SASL part, in the stream's own steps (RFC 6120 §6) or inline (XEP-0388).
extension Negotiation {
    /// Failures on one stream, after which it ends.
    static let failureLimit = 5

    func authenticate(_ element: Element) {
        switch (element.namespace, element.name) {
        case (NS.sasl, "auth"): begin(.stream, element["mechanism"] ?? "", element.text)
        case (NS.sasl2, "authenticate"):
            let request = InlineRequest(element)
            begin(.inline(request), request.mechanism, request.initialResponse)
        case (NS.sasl, "response"), (NS.sasl2, "response"): proceed(element)
        case (NS.sasl, "abort"), (NS.sasl2, "abort"): refuse(.aborted, currentProfile)
        case (NS.client, "iq"): register(element)
        default: connection.fail(StreamError(.notAuthorized, text: "Authenticate first."))
        }
    }

    private var currentProfile: SASLProfile {
        if case .challenged(_, let profile) = state { profile } else { .stream }
    }

    private func begin(_ profile: SASLProfile, _ name: String, _ text: String) {
        guard case .secure = state else { return refuse(.malformedRequest, profile) }
        guard let message = SASLProfile.payload(text) else { return refuse(.incorrectEncoding, profile) }
        if case .inline(let request) = profile,
            HashedToken.offered(endPoint: relay.tls?.endPoint ?? []).contains(name)
        {
            return takeToken(request, message, profile)
        }
        guard let mechanism = Mechanism(name: name, tls: relay.tls) else {
            return refuse(.invalidMechanism, profile)
        }
        var server = mechanism.server(relay: relay)
        if message.isEmpty {
            // The client speaks first here, and is asked to (RFC 6120 §6.4.2).
            state = .challenged(server, profile)
            return connection.write(profile.challenge([]))
        }
        step(&server, message, profile)
    }

    private func proceed(_ element: Element) {
        guard case .challenged(var server, let profile) = state else {
            return refuse(.malformedRequest, .stream)
        }
        guard let message = SASLProfile.payload(element.text) else {
            return refuse(.incorrectEncoding, profile)
        }
        step(&server, message, profile)
    }

    private func step(_ server: inout SCRAMServer, _ message: [UInt8], _ profile: SASLProfile) {
        let step = server.receive(message)
        let account = server.username.map(preparedName)
        guard relay.throttle.allows(address: connection.address, account: account, now: Clock.now()) else {
            return answerFailure(.temporaryAuthFailure, profile, afterMs: LoginThrottle.longestDelay)
        }
        switch step {
        case .challenge(let bytes):
            state = .challenged(server, profile)
            connection.write(profile.challenge(bytes))
        case .failure(let failure):
            refuse(failure, profile, account: account)
        case .success(let bytes, let username, let authzid):
            let own = try? JID(localpart: username, domain: relay.domain, resource: nil)
            guard authzid.isEmpty || (try? JID(authzid)) == own else {
                return refuse(.invalidAuthzid, profile, account: account)
            }
            guard let own, let person = relay.localPerson(own), !person.account.disabled else {
                return refuse(.notAuthorized, profile, account: account)
            }
            succeed(person, answer: bytes, profile, used: nil)
        }
    }

    private func takeToken(_ request: InlineRequest, _ message: [UInt8], _ profile: SASLProfile) {
        let account = HashedToken.Message(message).map { preparedName($0.username) }
        guard relay.throttle.allows(address: connection.address, account: account, now: Clock.now()) else {
            return answerFailure(.temporaryAuthFailure, profile, afterMs: LoginThrottle.longestDelay)
        }
        switch FastTokens(relay: relay).verify(request, message) {
        case .refused(let failure): refuse(failure, profile, account: account)
        case .accepted(let person, let token, let answer):
            succeed(person, answer: answer, profile, used: token)
        }
    }

    // MARK: The end of it

    private func succeed(_ person: Person, answer: [UInt8], _ profile: SASLProfile, used: LoginToken?) {
        relay.throttle.succeeded(address: connection.address, account: person.account.localpart)
        state = .authenticated(person)
        if used == nil { connection.showedPassword(now: Clock.now()) }
        guard case .inline(let request) = profile else {
            isOpen = false
            connection.write(Element("success", NS.sasl, text: Base64.encode(answer)))
            return connection.authenticated(restarts: true)
        }
        connection.authenticated(restarts: false)
        // A token is given out when it is on the disk, and nothing else is taken until then.
        isHeldBack = true
        let (jobs, token) = FastTokens(relay: relay).settle(request, person, used: used)
        let connection = connection
        let finish: (StorageError?) -> Void = { error in
            guard !connection.isClosed else { return }
            self.isHeldBack = false
            InlineSuccess(
                connection: connection, person: person, request: request, answer: answer,
                token: error == nil ? token : nil
            ).carryOut(features: self.features())
        }
        guard let last = jobs.last else { return finish(nil) }
        for job in jobs.dropLast() { relay.store.journal.commit(job) }
        relay.store.journal.commit(last, then: finish)
    }

    /// The name under which failures are counted: one for all spellings, and one for all that are none.
    private func preparedName(_ username: String) -> String {
        (try? JID(localpart: username, domain: relay.domain, resource: nil))?.localpart ?? ""
    }

    /// The answer to a failure waits, longer with each one from the same address or for the same
    /// account, and the same time whatever was wrong.
    private func refuse(_ failure: SASLFailure, _ profile: SASLProfile, account: String? = nil) {
        let delay = relay.throttle.failed(address: connection.address, account: account, now: Clock.now())
        answerFailure(failure, profile, afterMs: delay)
    }

    private func answerFailure(_ failure: SASLFailure, _ profile: SASLProfile, afterMs delay: UInt64) {
        failures += 1
        state = .secure
        isHeldBack = true
        let connection = connection
        let last = failures >= Self.failureLimit
        relay.schedule(afterMs: delay) {
            self.isHeldBack = false
            connection.write(profile.failure(failure))
            if last { connection.fail(StreamError(.policyViolation, text: "Too many failures.")) }
        }
    }
}
