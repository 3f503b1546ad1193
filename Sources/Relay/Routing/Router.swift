internal import Carriers
internal import Storage
internal import XMPP

/// Sends each stanza of a client, or of another office, to the part that handles it (RFC 6120 §10).
final class Router {
    unowned let relay: Relay
    private var queries: [String: @Sendable (IQRequest) -> IQAnswer] = [:]
    private(set) var features: [String] = []
    private(set) var accountFeatures: [String] = []
    var pending: PendingQueries

    /// Services under this box's domain, by their domain.
    private(set) var services: [String: any Service] = [:]

    init(relay: Relay) {
        self.relay = relay
        pending = PendingQueries()
    }

    func register(_ service: any Service) { services[service.domain] = service }

    func service(for domain: String) -> (any Service)? { services[domain] }

    func register(_ module: Extension) {
        features += module.features
        accountFeatures += module.accountFeatures
        queries.merge(module.queries) { _, new in new }
    }

    // MARK: From a client

    func route(_ stanza: Element, from session: ClientSession) {
        let to: JID
        do {
            to = try stanza["to"].map { text throws(JIDError) in try JID(text) } ?? session.person.jid
        } catch {
            return refuse(stanza, StanzaError(.jidMalformed), session)
        }
        if session.person.blocked.contains(to), stanza.name != "presence",
            to.domain != relay.domain || to.localpart != nil
        {
            return refuse(stanza, Blocking.ownBlock, session)
        }
        switch stanza.name {
        case "message": relay.messages.accept(stanza, to: to, from: session)
        case "presence": relay.presence.receive(stanza, to: stanza["to"] == nil ? nil : to, from: session)
        default: routeIQ(stanza, to: to, from: session)
        }
    }

    func refuse(_ stanza: Element, _ error: StanzaError, _ session: ClientSession) {
        guard let reply = StanzaError.reply(to: stanza, error: error) else { return }
        session.send(reply)
    }

    private func routeIQ(_ stanza: Element, to: JID, from session: ClientSession) {
        let type = stanza["type"] ?? ""
        guard let id = stanza["id"], !id.isEmpty, ["get", "set", "result", "error"].contains(type) else {
            return refuse(
                stanza, StanzaError(.badRequest, text: "An iq has an id and one of four types."), session)
        }
        if type == "result" || type == "error" {
            if session.answersQuestion(stanza) || relay.capabilities.answered(stanza, session) { return }
        } else if stanza.children.count != 1 {
            return refuse(stanza, StanzaError(.badRequest, text: "A request has one payload."), session)
        }
        if to.domain == relay.domain {
            routeLocalIQ(stanza, to: to, from: session.jid, session: session)
        } else if let service = service(for: to.domain) {
            service.receive(stanza, from: session.jid, to: to, by: .session(session, digest: nil))
        } else if let office = relay.office(for: to.domain) {
            if let answer = VCard.replica(for: stanza, to: to, of: office, relay: relay) {
                return session.send(answer)
            }
            if relay.pubsub.remote.answers(stanza, of: office, from: session) { return }
            if relay.pubsub.remote.answersDisco(stanza, of: office, from: session) { return }
            query(stanza, to: office, from: session)
        } else {
            refuse(
                stanza, StanzaError(.remoteServerNotFound, text: "No peer speaks for \(to.domain)."), session)
        }
    }

    // MARK: IQs

    private func query(_ stanza: Element, to office: Office, from session: ClientSession) {
        let isRequest = stanza["type"] == "get" || stanza["type"] == "set"
        guard relay.offices?.live(stanza, to: office) == true else {
            if isRequest { refuse(stanza, .darkOffice(office), session) }
            return
        }
        guard isRequest else { return }
        guard pending.add(stanza, from: session, now: Clock.now()) else {
            return refuse(stanza, StanzaError(.resourceConstraint, text: "Too many requests wait."), session)
        }
    }

    /// - Parameter session: nil when it came from another office.
    func routeLocalIQ(_ stanza: Element, to: JID, from: JID, session: ClientSession?) {
        let isRequest = stanza["type"] == "get" || stanza["type"] == "set"
        if let person = person(to), person.blocked.contains(from) {
            // Like somebody who is not there (XEP-0191 §3.3).
            if isRequest { answerError(stanza, StanzaError(.serviceUnavailable), to: from, session) }
            return
        }
        if to.isFull {
            guard let target = person(to)?.session(to.resource ?? "") else {
                if isRequest { answerError(stanza, StanzaError(.serviceUnavailable), to: from, session) }
                return
            }
            return target.send(stanza)
        }
        guard isRequest, let payload = stanza.firstChild else { return }
        let account = to.localpart == nil ? nil : person(to)
        if to.localpart != nil, account == nil {
            return answerError(stanza, StanzaError(.serviceUnavailable), to: from, session)
        }
        let request = IQRequest(
            relay: relay, stanza: stanza, payload: payload, from: from, session: session, account: account)
        guard let handler = queries[payload.namespace] else {
            return answerError(stanza, StanzaError(.serviceUnavailable), to: from, session)
        }
        request.reply(handler(request))
    }

    private func answerError(_ stanza: Element, _ error: StanzaError, to: JID, _ session: ClientSession?) {
        guard let reply = StanzaError.reply(to: stanza, error: error) else { return }
        answer(reply, to: to, session: session)
    }

    /// Brings the answer to an IQ to where the IQ came from.
    func answer(_ reply: Element, to: JID, session: ClientSession?) {
        if let session { return session.send(reply) }
        if let service = service(for: to.domain) {
            guard let from = reply["from"].flatMap({ try? JID($0) }) else { return }
            return service.receive(reply, from: from, to: to, by: .live)
        }
        guard let office = relay.office(for: to.domain) else { return }
        _ = relay.offices?.live(reply, to: office)
    }

    func person(_ jid: JID) -> Person? { relay.localPerson(jid) }

    // MARK: From another office

    /// Something that was not stored on the way: IQs, directed presence, typing.
    func arrivedLive(_ stanza: Element, from: JID, to: JID) {
        if let service = service(for: to.domain) {
            return service.receive(stanza, from: from, to: to, by: .live)
        }
        // A box speaks for what is under its domain, too: nothing there is one of its people.
        guard to.domain == relay.domain else {
            if stanza.name == "iq" { answerError(stanza, StanzaError(.serviceUnavailable), to: from, nil) }
            return
        }
        switch stanza.name {
        case "iq":
            if stanza["type"] == "result" || stanza["type"] == "error" {
                if relay.push.answered(stanza, from: from, to: to) { return }
                guard let session = pending.take(answer: stanza, from: from, to: to, relay: relay) else {
                    return
                }
                session.send(stanza)
            } else {
                routeLocalIQ(stanza, to: to, from: from, session: nil)
            }
        case "message": relay.messages.arrivedLive(stanza, to: to)
        case "presence": relay.presence.arrivedLive(stanza, from: from, to: to)
        default: break
        }
    }

    /// Requests to other offices that nobody has answered.
    func expirePending(now: UInt64) {
        for (stanza, session) in pending.expired(now: now) {
            refuse(
                stanza, StanzaError(.remoteServerTimeout, text: "The other office has not answered."), session
            )
        }
    }
}

extension StanzaError {
    /// What nobody keeps, to an office that cannot be reached now.
    static func darkOffice(_ office: Office) -> StanzaError {
        StanzaError(
            .remoteServerTimeout,
            text: "The line to \(office.name) is down; only messages that may be stored wait for it.")
    }
}
