internal import Engine
internal import Storage
internal import XMPP

extension StanzaError {
    init(_ refusal: RoomRefusal) {
        switch refusal {
        case .forbidden: self.init(.forbidden, text: "Your standing in this room does not allow this.")
        case .notAllowed:
            self.init(.notAllowed, text: "Nobody of your standing does this to somebody of theirs.")
        case .conflict: self.init(.conflict, text: "Nobody bans themselves, and a room keeps an owner.")
        }
    }
}

/// Changing roles and affiliations (XEP-0045 §8 to §10).
extension Room {
    func changeRole(
        of target: Occupant, to role: RoomRole, by actor: Occupant, reason: String?
    ) throws(StanzaError) {
        try checkRole(of: target, to: role, by: actor)
        apply(role, to: target, by: actor, reason: reason)
    }

    func checkRole(of target: Occupant, to role: RoomRole, by actor: Occupant) throws(StanzaError) {
        do {
            try RoomPrivileges.checkRole(
                actor: (actor.role, affiliation(actor)), target: (target.role, affiliation(target)), to: role)
        } catch {
            throw StanzaError(error)
        }
    }

    func apply(_ role: RoomRole, to target: Occupant, by actor: Occupant, reason: String?) {
        if role == .none {
            expel(target, PresenceNews(statuses: [307], actor: actor, reason: reason))
            return rooms.removeIfUnused(self)
        }
        guard target.role != role else { return }
        target.role = role
        broadcast(target, PresenceNews(actor: actor, reason: reason))
    }

    /// Whether one more person fits on the room's lists.
    func checkRoomForMember() throws(StanzaError) {
        guard state.memberships.count < relay.settings.roomAffiliations else {
            throw StanzaError(
                .resourceConstraint,
                text: "The lists of this room hold \(relay.settings.roomAffiliations) people.")
        }
    }

    /// What one item of a request changes.
    struct AffiliationChange {
        let person: String
        let membership: RoomMembership
    }

    func checkAffiliation(_ change: AffiliationChange, by actor: JID) throws(StanzaError) {
        let own = actor.bare.description
        if state.membership(of: change.person) == nil { try checkRoomForMember() }
        do {
            try RoomPrivileges.checkAffiliation(
                actor: state.affiliation(of: own), target: state.affiliation(of: change.person),
                to: change.membership.affiliation, isSelf: own == change.person, owners: owners)
        } catch {
            throw StanzaError(error)
        }
    }

    /// In memory at once; seen by the others, and answered, after the sync.
    func change(_ changes: [AffiliationChange], by actor: JID, then done: @escaping (StorageError?) -> Void) {
        let values = changes.map { change in
            (
                RoomState.affiliationPrefix + change.person,
                change.membership.affiliation == .none ? nil : change.membership.encoded
            )
        }
        set(values) { error in
            if error == nil { for change in changes { self.show(change, by: actor) } }
            done(error)
            self.rooms.removeIfUnused(self)
        }
    }

    private func show(_ change: AffiliationChange, by actor: JID) {
        let here = occupants(of: change.person)
        let news = PresenceNews(actor: occupant(session: actor), reason: change.membership.reason)
        guard !here.isEmpty else { return tell(change) }
        for occupant in here {
            let affiliation = state.affiliation(of: change.person)
            if affiliation == .outcast {
                expel(occupant, news.with(301))
            } else if config.has(.membersOnly), affiliation == .none {
                expel(occupant, news.with(321))
            } else {
                occupant.role = RoomPrivileges.initialRole(affiliation, isModerated: config.has(.moderated))
                broadcast(occupant, news)
            }
        }
    }

    /// Somebody who is not here got another standing (§9): told to those who see addresses.
    private func tell(_ change: AffiliationChange) {
        let item = Element(
            "item", NS.mucUser,
            ["affiliation": state.affiliation(of: change.person).text, "jid": change.person, "role": "none"])
        for viewer in occupants.values where showsAddresses(to: viewer.role) {
            for session in viewer.sessions {
                relay.router.sendLive(
                    Element(
                        "message", NS.client, ["from": bare, "to": session.jid.description],
                        [Element("x", NS.mucUser, [:], [item])]), to: session.jid, important: false)
            }
        }
    }
}

extension PresenceNews {
    func with(_ status: Int) -> PresenceNews {
        var copy = self
        copy.statuses.append(status)
        return copy
    }
}
