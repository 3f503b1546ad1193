internal import Engine
internal import Storage
internal import XMPP

/// An IQ for a room or for the service, and the way to answer it.
struct RoomRequest {
    let rooms: Rooms
    let stanza: Element
    let payload: Element
    let from: JID

    var isSet: Bool { stanza["type"] == "set" }

    func result(_ children: [Element]) {
        let reply = Element(
            "iq", NS.client,
            ["type": "result", "id": stanza["id"], "to": from.description, "from": stanza["to"]], children)
        rooms.relay.router.sendLive(reply, to: from)
    }

    func error(_ error: StanzaError) { rooms.refuse(stanza, error, to: from) }
}

extension Rooms {
    func receiveIQ(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        let isRequest = stanza["type"] == "get" || stanza["type"] == "set"
        guard let payload = stanza.firstChild, isRequest else {
            return room(to)?.pass(answer: stanza, from: from, to: to) ?? ()
        }
        let request = RoomRequest(rooms: self, stanza: stanza, payload: payload, from: from)
        guard let room = room(to), !room.isLocked || room.affiliation(from) == .owner else {
            return request.error(StanzaError(.itemNotFound, text: "There is no such room."))
        }
        if to.resource != nil { return room.ask(request, to: to) }
        switch payload.namespace {
        case NS.discoInfo where !request.isSet: room.describe(request)
        case NS.discoItems where !request.isSet: room.listOccupants(request)
        case NS.ping: request.result([])
        case NS.mucAdmin: room.administer(request)
        case NS.mucOwner: room.own(request)
        case NS.mam2: room.readArchive(request)
        case NS.moderation where request.isSet: room.moderate(request)
        default: request.error(StanzaError(.serviceUnavailable))
        }
    }
}

/// Questions between occupants: the room passes them on under the nicknames.
extension Room {
    func ask(_ request: RoomRequest, to: JID) {
        guard let asker = occupant(session: request.from) else {
            return request.error(StanzaError(.notAcceptable, text: "You are not in this room."))
        }
        guard let target = occupant(nick: to.resource) else {
            return request.error(StanzaError(.itemNotFound, text: "Nobody here has this nickname."))
        }
        // XEP-0410: whether one is still in the room under this nickname, answered here.
        if request.payload.namespace == NS.ping, target === asker { return request.result([]) }
        guard config[.allowPrivateMessages] == "anyone" || asker.role == .moderator,
            let session = target.sessions.last
        else { return request.error(StanzaError(.forbidden, text: "This room passes no questions on.")) }
        var question = request.stanza
        question["from"] = address(asker.nick)
        // A contact card is the account's, not the client's.
        let isCard = request.payload.namespace == NS.vcard
        let address = isCard ? session.jid.bare : session.jid
        question["to"] = address.description
        if relay.localPerson(address) != nil {
            relay.router.routeLocalIQ(question, to: address, from: askerAddress(asker), session: nil)
        } else if !relay.router.sendLive(question, to: address) {
            request.error(StanzaError(.remoteServerTimeout, text: "The line to this person is down."))
        }
    }

    private func askerAddress(_ occupant: Occupant) -> JID { (try? jid.with(resource: occupant.nick)) ?? jid }

    /// The answer to such a question, which comes from the client or, for a card, from the account.
    func pass(answer stanza: Element, from: JID, to: JID) {
        guard let answerer = occupant(session: from) ?? occupants(of: from.description).first,
            let asker = occupant(nick: to.resource), let session = asker.sessions.last
        else { return }
        var answer = stanza
        answer["from"] = address(answerer.nick)
        answer["to"] = session.jid.description
        relay.router.sendLive(answer, to: session.jid)
    }
}
