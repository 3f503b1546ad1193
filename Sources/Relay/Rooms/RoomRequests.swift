internal import Engine
internal import Storage
internal import XMPP

/// Messages to the room itself: invitations, declines, requests for voice (XEP-0045 §7.8, §7.13, §8.6).
extension Room {
    /// Invitations in one message.
    static let invitationLimit = 20

    func receiveRequest(_ stanza: Element, from: JID, by arrival: Arrival) {
        do {
            if let details = stanza.child("x", NS.mucUser) {
                if let decline = details.child("decline", NS.mucUser) {
                    return try pass(decline: decline, from: from)
                }
                let invitations = details.children("invite", NS.mucUser)
                guard !invitations.isEmpty else { throw StanzaError(.badRequest) }
                guard invitations.count <= Self.invitationLimit else {
                    throw StanzaError(.resourceConstraint)
                }
                for invitation in invitations { try invite(invitation, from: from) }
            } else if let form = stanza.child("x", NS.dataForms), DataForm(form).type == NS.mucRequest {
                try voice(DataForm(form), from: from)
            } else {
                throw StanzaError(
                    .badRequest, text: "A message for everybody in a room has the type groupchat.")
            }
        } catch {
            relay.router.refuse(
                stanza, error as? StanzaError ?? StanzaError(.internalServerError), from: from, to: jid,
                by: arrival)
        }
    }

    private func actor(_ session: JID) throws(StanzaError) -> Occupant {
        guard let occupant = occupant(session: session) else {
            throw StanzaError(.notAcceptable, text: "You are not in this room.")
        }
        return occupant
    }

    // MARK: Invitations

    private func invite(_ invitation: Element, from: JID) throws(StanzaError) {
        let occupant = try actor(from)
        guard config.has(.allowInvites) || affiliation(occupant) >= .admin else {
            throw StanzaError(.forbidden, text: "Only administrators of this room invite others.")
        }
        guard let invited = invitation["to"].flatMap({ try? JID($0) }), invited.localpart != nil else {
            throw StanzaError(.jidMalformed, text: "An invitation names whom it is for.")
        }
        guard relay.localPerson(invited) != nil || relay.office(for: invited.domain) != nil else {
            throw StanzaError(.itemNotFound, text: "There is no \(invited.bare).")
        }
        guard affiliation(invited) != .outcast else {
            throw StanzaError(.forbidden, text: "\(invited.bare) is banned from this room.")
        }
        if config.has(.membersOnly), affiliation(invited) == .none {
            // In a room for members an invitation makes one (§9.3): only who may do so invites.
            guard affiliation(occupant) >= .member else {
                throw StanzaError(.forbidden, text: "Only members invite others to this room.")
            }
            try checkRoomForMember()
            set([(RoomState.affiliationPrefix + invited.bare.description, RoomMembership(.member).encoded)])
        }
        var passed = Element(
            "invite", NS.mucUser, ["from": config.isNonAnonymous ? occupant.bare : address(occupant.nick)])
        for part in ["reason", "continue"] {
            if let child = invitation.child(part, NS.mucUser) { passed.append(child) }
        }
        var details = Element("x", NS.mucUser, [:], [passed])
        if let password = config.password { details.append(Element("password", NS.mucUser, text: password)) }
        let reason = invitation.child("reason", NS.mucUser)?.text
        let message = Element(
            "message", NS.client,
            ["from": bare, "to": invited.bare.description, "id": Token.random(bytes: 9)],
            [details, Element("x", NS.directInvitation, ["jid": bare, "reason": reason])])
        relay.messages.post(message, from: jid, to: invited.bare)
    }

    private func pass(decline: Element, from: JID) throws(StanzaError) {
        guard let inviter = decline["to"].flatMap({ try? JID($0) }) else { throw StanzaError(.jidMalformed) }
        // Only to people who are here: the room is no way to write to anybody else.
        let found =
            inviter.bare == jid
            ? occupant(nick: inviter.resource) : occupants(of: inviter.bare.description).first
        guard let occupant = found else { throw StanzaError(.itemNotFound) }
        var passed = Element("decline", NS.mucUser, ["from": from.bare.description])
        if let reason = decline.child("reason", NS.mucUser) { passed.append(reason) }
        for session in occupant.sessions {
            let message = Element(
                "message", NS.client, ["from": bare, "to": session.jid.description],
                [Element("x", NS.mucUser, [:], [passed])])
            relay.router.sendLive(message, to: session.jid)
        }
    }

    // MARK: Voice

    private func voice(_ form: DataForm, from: JID) throws(StanzaError) {
        let occupant = try actor(from)
        if form["muc#request_allow"] != nil { return try grant(form, by: occupant) }
        guard occupant.role == .visitor else {
            throw StanzaError(.notAllowed, text: "You have voice already.")
        }
        var asked = DataForm(kind: "form", type: NS.mucRequest)
        asked.title = "Voice request"
        asked.add("muc#role", "list-single", "participant", label: "Requested role")
        asked.add(
            "muc#jid", "jid-single", occupant.sessions.last?.jid.description ?? occupant.bare,
            label: "Address")
        asked.add("muc#roomnick", "text-single", occupant.nick, label: "Nickname")
        asked.add("muc#request_allow", "boolean", "false", label: "Grant voice to this person?")
        for moderator in occupants.values where moderator.role == .moderator {
            for session in moderator.sessions {
                relay.router.sendLive(
                    Element(
                        "message", NS.client, ["from": bare, "to": session.jid.description], [asked.element]),
                    to: session.jid)
            }
        }
    }

    private func grant(_ form: DataForm, by moderator: Occupant) throws(StanzaError) {
        guard ["1", "true"].contains(form["muc#request_allow"] ?? "") else { return }
        guard let target = occupant(nick: form["muc#roomnick"]), target.role == .visitor else { return }
        try changeRole(of: target, to: .participant, by: moderator, reason: nil)
    }
}
