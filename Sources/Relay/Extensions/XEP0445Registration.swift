internal import Storage
internal import XMPP

/// Accounts made by invited people before they log in: a token first (XEP-0445), then registration
/// (XEP-0077) on the same stream.
extension Negotiation {
    /// How long an invited person may think about a name and a password, milliseconds.
    static let formTimeMs: UInt64 = 600_000

    func register(_ iq: Element) {
        guard case .secure = state else {
            return connection.fail(StreamError(.notAuthorized, text: "Finish the authentication first."))
        }
        let type = iq["type"]
        if let preauth = iq.child("preauth", NS.preauth), type == "set" {
            return show(preauth["token"] ?? "", iq)
        }
        guard let query = iq.child("query", NS.register), type == "get" || type == "set" else {
            return connection.fail(StreamError(.notAuthorized, text: "Authenticate first."))
        }
        guard let invitation else {
            let text = "Accounts are made with an invitation only."
            return refuse(iq, StanzaError(.notAllowed, text: text))
        }
        if type == "get" { return result(iq, [Self.form(invitation)]) }
        make(query, invitation, iq)
    }

    // MARK: The token

    private func show(_ token: String, _ iq: Element) {
        guard relay.throttle.allows(address: connection.address, account: nil, now: Clock.now()) else {
            let error = StanzaError(
                .resourceConstraint, text: "Too many failures from this address; try again later.")
            return answer(iq, error, afterMs: LoginThrottle.longestDelay)
        }
        guard let found = relay.store.invitations.open(token: token, now: relay.store.wallNow()) else {
            let text = "This invitation is not known, has been used or is too old. Ask for a new one."
            return refuse(iq, StanzaError(.itemNotFound, text: text))
        }
        invitation = found
        relay.halfOpen.extend(connection, byMs: Self.formTimeMs, now: Clock.now())
        result(iq, [])
    }

    // MARK: The account

    private static func form(_ invitation: Invitation) -> Element {
        let hint =
            invitation.localpart == nil
            ? "Choose the part of your address before the @, and a password." : "Choose a password."
        return Element(
            "query", NS.register, [:],
            [
                Element("instructions", NS.register, text: hint),
                Element("username", NS.register, text: invitation.localpart ?? ""),
                Element("password", NS.register),
            ])
    }

    private func make(_ query: Element, _ invitation: Invitation, _ iq: Element) {
        do throws(StanzaError) {
            let name = try chosenName(query, invitation)
            let verifiers: PasswordVerifiers
            do {
                verifiers = try PasswordVerifiers(query.child("password", NS.register)?.text ?? "")
            } catch { throw StanzaError(.notAcceptable, type: .modify, text: error.description) }
            isHeldBack = true
            relay.store.addAccount(
                localpart: name, admin: false, sha1: verifiers.sha1, sha256: verifiers.sha256,
                invitation: invitation
            ) { error in
                self.isHeldBack = false
                guard !self.connection.isClosed else { return }
                if error != nil { return self.say(iq, .diskFull) }
                self.invitation = nil
                self.result(iq, [])
            }
        } catch {
            refuse(iq, error)
        }
    }

    private func chosenName(_ query: Element, _ invitation: Invitation) throws(StanzaError) -> String {
        guard query.child("remove", NS.register) == nil else {
            throw StanzaError(.notAllowed, text: "Ask your administrator to remove an account.")
        }
        let store = relay.store
        guard store.invitations.isOpen(invitation) else {
            throw StanzaError(.notAllowed, text: "This invitation has been used or taken back.")
        }
        let wish = query.child("username", NS.register)?.text ?? ""
        guard let name = (try? JID(localpart: wish, domain: relay.domain, resource: nil))?.localpart else {
            throw StanzaError(
                .notAcceptable, type: .modify, text: "This cannot be the part before the @ of an address.")
        }
        if let kept = invitation.localpart {
            guard kept == name else {
                throw StanzaError(
                    .notAcceptable, type: .modify, text: "This invitation is for \(kept)@\(relay.domain).")
            }
        } else if store.former(name) != nil || store.invitations.reserves(name, now: store.wallNow()) {
            // Mail for somebody who has left, or who is to come, is not for whoever takes the name first.
            throw StanzaError(.conflict, text: "This name is taken; choose another.")
        }
        guard !store.isTaken(name) else {
            throw StanzaError(.conflict, text: "This name is taken; choose another.")
        }
        return name
    }

    // MARK: Answers

    private func result(_ iq: Element, _ children: [Element]) {
        connection.write(
            Element("iq", NS.client, ["type": "result", "id": iq["id"], "from": relay.domain], children))
    }

    private func say(_ iq: Element, _ error: StanzaError) {
        var asked = iq
        asked["to"] = relay.domain
        if let reply = StanzaError.reply(to: asked, error: error) { connection.write(reply) }
    }

    /// A failure counts as a failed login does: whoever guesses is slowed.
    private func refuse(_ iq: Element, _ error: StanzaError) {
        let delay = relay.throttle.failed(address: connection.address, account: nil, now: Clock.now())
        answer(iq, error, afterMs: delay)
    }

    private func answer(_ iq: Element, _ error: StanzaError, afterMs delay: UInt64) {
        failures += 1
        let isLast = failures >= Self.failureLimit
        isHeldBack = true
        relay.schedule(afterMs: delay) {
            self.isHeldBack = false
            guard !self.connection.isClosed else { return }
            self.say(iq, error)
            if isLast {
                self.connection.fail(StreamError(.policyViolation, text: "Too many failures."))
            }
        }
    }
}
