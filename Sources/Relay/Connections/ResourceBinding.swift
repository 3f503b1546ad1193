internal import Storage
internal import XMPP

/// Binding and resuming, whichever way the client asks for it (RFC 6120 §7, XEP-0198 §5, XEP-0386).
enum ResourceBinding {
    /// A new session of the person on this connection.
    static func session(
        _ resource: String, of person: Person, on connection: ClientConnection
    ) throws(StanzaError) -> ClientSession {
        let relay = person.relay
        guard let jid = try? person.jid.with(resource: resource) else {
            throw StanzaError(.badRequest, text: "This resource is not allowed.")
        }
        if let old = person.session(resource) {
            old.replaced()
        } else if person.sessions.count >= relay.settings.sessionsPerAccount, !person.endOldestHibernating() {
            throw StanzaError(.resourceConstraint, text: "Too many sessions of this account.")
        }
        let session = ClientSession(relay: relay, person: person, jid: jid, connection: connection)
        connection.attach(session)
        person.add(session)
        return session
    }

    enum Resumption {
        case session(ClientSession, h: UInt32)
        case failed(Element)
    }

    static func resumption(_ element: Element, of person: Person) -> Resumption {
        let previous = element["previd"] ?? ""
        let h = element["h"].flatMap { UInt32($0) }
        if let h,
            let session = person.sessions.first(where: {
                $0.management?.id == previous && $0.management?.isResumable == true
            })
        {
            return .session(session, h: h)
        }
        var failed = Element("failed", NS.sm, [:], [Element("item-not-found", NS.stanzas)])
        let reader = person.relay.store.reader
        if let id = try? Base64.decode(previous, .url),
            let record = person.relay.read(nil, { try reader.streamManagement(id: id) }),
            record.account == person.account.id
        {
            // The session is gone, its count is not (XEP-0198 §5).
            failed["h"] = String(record.h)
        }
        return .failed(failed)
    }
}
