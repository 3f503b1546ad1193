internal import Carriers
internal import Engine
internal import Storage
internal import XMPP

/// Entering a room, changing nickname or presence in it (XEP-0045 §7.2, §7.6, §7.7, §10.1).
extension Rooms {
    /// A presence that goes to everybody in a room, bytes.
    static let presenceBytes = 16_384

    func enter(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        do {
            guard let nick = to.resource else {
                throw StanzaError(.jidMalformed, text: "Enter with a nickname: room@service/nickname.")
            }
            guard nick.utf8.count <= relay.settings.nickBytes else {
                throw StanzaError(
                    .notAcceptable, text: "A nickname has at most \(relay.settings.nickBytes) bytes.")
            }
            guard stanza.serialized().count <= Self.presenceBytes else {
                throw StanzaError(
                    .policyViolation, text: "Presence in a room has at most \(Self.presenceBytes) bytes.")
            }
            let wish = stanza.child("x", NS.muc)
            if let room = room(to), let occupant = room.occupant(session: from) {
                if wish == nil || occupant.nick != nick {
                    return try room.change(occupant, stanza, nick: nick, from: from)
                }
                // It enters again: its own idea of the room is lost.
                room.put(.init(jid: from, presence: stanza), for: occupant)
                return room.welcome(from, occupant, wish, statuses: [])
            }
            guard let wish else {
                throw StanzaError(.itemNotFound, text: "You are not in this room.")
            }
            if let room = room(to) {
                try room.enter(stanza, wish, nick: nick, from: from)
            } else {
                let room = try make(to, by: from)
                room.admit(stanza, wish, nick: nick, from: from, statuses: [201])
            }
        } catch {
            refuseEntry(stanza, error as? StanzaError ?? StanzaError(.internalServerError), to: from)
        }
    }

    private func refuseEntry(_ stanza: Element, _ error: StanzaError, to: JID) {
        guard let reply = Self.refusal(ofEntry: stanza, error) else { return }
        relay.router.sendLive(reply, to: to)
    }

    /// Clients know the refusal of an entry by the `<x/>` in it.
    static func refusal(ofEntry stanza: Element, _ error: StanzaError) -> Element? {
        guard var reply = StanzaError.reply(to: stanza, error: error) else { return nil }
        reply.nodes.insert(.element(Element("x", NS.muc)), at: 0)
        return reply
    }
}

extension Room {
    fileprivate func enter(_ stanza: Element, _ wish: Element, nick: String, from: JID) throws(StanzaError) {
        let affiliation = affiliation(from)
        guard !isLocked || affiliation == .owner else {
            throw StanzaError(.itemNotFound, text: "The room is being made.")
        }
        guard affiliation != .outcast else {
            throw StanzaError(.forbidden, text: "You are banned from this room.")
        }
        if config.has(.membersOnly), affiliation == .none {
            throw StanzaError(.registrationRequired, text: "This room is for its members.")
        }
        if let password = config.password, wish.child("password", NS.muc)?.text != password {
            throw StanzaError(.notAuthorized, text: "This room has a password.")
        }
        try checkNick(nick, of: from.bare.description)
        let isFull = occupants.count >= config.number(.maxUsers) && affiliation < .admin
        guard !isFull, sessionCount < relay.settings.roomOccupants else {
            throw StanzaError(.serviceUnavailable, type: .wait, text: "The room is full.")
        }
        admit(stanza, wish, nick: nick, from: from, statuses: [])
    }

    private func checkNick(_ nick: String, of person: String) throws(StanzaError) {
        if let other = occupant(nick: nick), other.bare != person {
            throw StanzaError(.conflict, text: "Somebody else has this nickname.")
        }
        if state.memberships.contains(where: { $0.membership.nick == nick && $0.jid != person }) {
            throw StanzaError(.conflict, text: "This nickname is kept for somebody else.")
        }
    }

    fileprivate func admit(_ stanza: Element, _ wish: Element, nick: String, from: JID, statuses: [Int]) {
        let session = Occupant.Session(jid: from, presence: stanza)
        var codes = statuses
        // The nickname as it is kept may differ from the one that was asked for (RFC 7622).
        if let asked = stanza["to"], !asked.hasSuffix("/" + nick) { codes.append(210) }
        if let occupant = occupant(nick: nick) {
            put(session, for: occupant)
            return welcome(from, occupant, wish, statuses: codes)
        }
        let bareJID = from.bare.description
        let role = RoomPrivileges.initialRole(
            state.affiliation(of: bareJID), isModerated: config.has(.moderated))
        let occupant = Occupant(session: session, nick: nick, role: role, id: occupantID(bareJID))
        add(occupant)
        for other in occupants.values where other !== occupant { show(occupant, to: other) }
        welcome(from, occupant, wish, statuses: codes)
    }

    /// All that a client needs on entering, in the order of §7.2: the others, itself, history, subject.
    fileprivate func welcome(_ session: JID, _ occupant: Occupant, _ wish: Element?, statuses: [Int]) {
        for other in occupants.values where other !== occupant {
            show(other, toSession: session, of: occupant)
        }
        var codes = statuses
        if config.isNonAnonymous { codes.append(100) }
        if config.has(.logging) { codes.append(170) }
        show(occupant, toSession: session, of: occupant, PresenceNews(statuses: codes))
        sendHistory(to: session, occupant, wish?.child("history", NS.muc))
        sendSubject(to: session)
    }

    // MARK: Changes

    fileprivate func change(_ occupant: Occupant, _ stanza: Element, nick: String, from: JID)
        throws(StanzaError)
    {
        if nick != occupant.nick {
            guard self.occupant(nick: nick) == nil else {
                throw StanzaError(.conflict, text: "This nickname is taken.")
            }
            try checkNick(nick, of: occupant.bare)
            broadcast(occupant, PresenceNews(statuses: [303], isUnavailable: true, newNick: nick))
            rename(occupant, to: nick)
        }
        put(.init(jid: from, presence: stanza), for: occupant)
        broadcast(occupant)
    }
}
