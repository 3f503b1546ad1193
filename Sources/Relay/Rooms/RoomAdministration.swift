internal import Engine
internal import Storage
internal import XMPP

/// Lists and changes of roles and affiliations over `muc#admin` (XEP-0045 §8 to §10).
extension Room {
    /// Items in one request.
    static let itemLimit = 250

    func administer(_ request: RoomRequest) {
        let items = request.payload.children("item", NS.mucAdmin)
        do {
            guard !items.isEmpty, items.count <= Self.itemLimit else { throw StanzaError(.badRequest) }
            if request.isSet {
                try change(items, request)
            } else {
                request.result([try list(items[0], request.from)])
            }
        } catch {
            request.error(error as? StanzaError ?? StanzaError(.internalServerError))
        }
    }

    // MARK: Lists

    private func list(_ item: Element, _ from: JID) throws(StanzaError) -> Element {
        var query = Element("query", NS.mucAdmin)
        if let affiliation = item["affiliation"].flatMap({ Affiliation(text: $0) }) {
            guard mayList(affiliation, from) else { throw StanzaError(RoomRefusal.forbidden) }
            for (jid, membership) in state.memberships where membership.affiliation == affiliation {
                let here = occupants(of: jid).first
                var item = Element(
                    "item", NS.mucAdmin,
                    [
                        "affiliation": affiliation.text, "jid": jid, "nick": here?.nick ?? membership.nick,
                        "role": here?.role.text,
                    ])
                if let reason = membership.reason {
                    item.append(Element("reason", NS.mucAdmin, text: reason))
                }
                query.append(item)
            }
        } else if let role = item["role"].flatMap({ RoomRole(text: $0) }) {
            guard let actor = occupant(session: from), actor.role == .moderator else {
                throw StanzaError(RoomRefusal.forbidden)
            }
            for occupant in occupants.values where occupant.role == role {
                query.append(
                    Element(
                        "item", NS.mucAdmin,
                        [
                            "affiliation": affiliation(occupant).text, "role": role.text,
                            "nick": occupant.nick,
                            "jid": occupant.sessions.last?.jid.description,
                        ]))
            }
        } else {
            throw StanzaError(.badRequest)
        }
        return query
    }

    /// Administrators see all lists. Where everybody sees addresses anyway, the others see who belongs to
    /// the room (clients encrypt to them), not who is banned.
    private func mayList(_ list: Affiliation, _ from: JID) -> Bool {
        let own = affiliation(from)
        if own >= .admin { return true }
        guard list >= .member, config.isNonAnonymous else { return false }
        return own == .member || occupant(session: from) != nil
    }

    // MARK: Changes

    /// All of a request's changes, or none.
    private func change(_ items: [Element], _ request: RoomRequest) throws(StanzaError) {
        var changes: [AffiliationChange] = []
        var roles: [(Occupant, RoomRole, String?)] = []
        for item in items {
            let reason = item.child("reason", NS.mucAdmin)?.text
            guard (reason?.utf8.count ?? 0) <= RoomSetting.textBytes else {
                throw StanzaError(.policyViolation)
            }
            if let text = item["affiliation"] {
                guard let affiliation = Affiliation(text: text) else { throw StanzaError(.badRequest) }
                let change = AffiliationChange(
                    person: try person(item),
                    membership: RoomMembership(affiliation, nick: try reservedNick(item), reason: reason))
                try checkAffiliation(change, by: request.from)
                changes.append(change)
            } else if let role = item["role"].flatMap({ RoomRole(text: $0) }) {
                guard let actor = occupant(session: request.from) else {
                    throw StanzaError(RoomRefusal.forbidden)
                }
                guard let target = occupant(nick: item["nick"]) else {
                    throw StanzaError(.itemNotFound, text: "Nobody here has this nickname.")
                }
                try checkRole(of: target, to: role, by: actor)
                roles.append((target, role, reason))
            } else {
                throw StanzaError(.badRequest)
            }
        }
        try checkOwnersRemain(after: changes)
        let actor = occupant(session: request.from)
        if let actor {
            for (target, role, reason) in roles { apply(role, to: target, by: actor, reason: reason) }
        }
        change(changes, by: request.from) { error in
            if error == nil { request.result([]) } else { request.error(.diskFull) }
        }
    }

    /// Several items together must not take the last owner away.
    private func checkOwnersRemain(after changes: [AffiliationChange]) throws(StanzaError) {
        var owners = Set(state.memberships.filter { $0.membership.affiliation == .owner }.map(\.jid))
        for change in changes {
            if change.membership.affiliation == .owner {
                owners.insert(change.person)
            } else {
                owners.remove(change.person)
            }
        }
        if owners.isEmpty { throw StanzaError(RoomRefusal.conflict) }
    }

    private func person(_ item: Element) throws(StanzaError) -> String {
        if let text = item["jid"] {
            guard let jid = try? JID(text), jid.localpart != nil else { throw StanzaError(.jidMalformed) }
            return jid.bare.description
        }
        guard let occupant = occupant(nick: item["nick"]) else {
            throw StanzaError(.itemNotFound, text: "Nobody here has this nickname.")
        }
        return occupant.bare
    }

    /// A nickname kept for the person; with an address only, else the nickname says who is meant.
    private func reservedNick(_ item: Element) throws(StanzaError) -> String? {
        guard item["jid"] != nil, let nick = item["nick"] else { return nil }
        guard nick.utf8.count <= relay.settings.nickBytes, (try? jid.with(resource: nick))?.resource == nick
        else {
            throw StanzaError(.notAcceptable, text: "This is no nickname.")
        }
        return nick
    }
}
