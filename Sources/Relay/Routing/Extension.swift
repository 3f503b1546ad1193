internal import Storage
internal import XMPP

/// What one extension file registers with the router.
struct Extension: Sendable {
    /// Features of the server in service discovery.
    var features: [String] = []
    /// Features of an account (its bare JID).
    var accountFeatures: [String] = []
    /// IQ handlers by the namespace of the payload.
    var queries: [String: @Sendable (IQRequest) -> IQAnswer] = [:]
}

enum IQAnswer {
    case result([Element])
    case error(StanzaError)
    /// The handler answers itself, with `IQRequest.reply`.
    case later
}

/// An IQ for this server, or for an account of it.
struct IQRequest {
    unowned let relay: Relay
    let stanza: Element
    let payload: Element
    let from: JID
    /// The session that sent it; nil when it came from another office.
    let session: ClientSession?
    /// The account that it is for; nil for the server itself.
    let account: Person?

    var isSet: Bool { stanza["type"] == "set" }
    /// Whether somebody asks for what is their own.
    var isForSender: Bool { account == nil ? false : account?.jid == from.bare }

    func reply(_ answer: IQAnswer) {
        switch answer {
        case .later: return
        case .result(let children):
            let result = Element(
                "iq", NS.client,
                [
                    "type": "result", "id": stanza["id"], "to": from.description,
                    "from": stanza["to"] ?? account?.bare,
                ], children)
            relay.router.answer(result, to: from, session: session)
        case .error(let error):
            guard let reply = StanzaError.reply(to: stanza, error: error) else { return }
            relay.router.answer(reply, to: from, session: session)
        }
    }
}

extension StanzaError {
    /// What a full disk says: nothing of the stanza was kept.
    static var diskFull: StanzaError {
        StanzaError(
            .resourceConstraint,
            text: "The box's disk is full; nothing of this was kept. Tell the technician.")
    }
}
