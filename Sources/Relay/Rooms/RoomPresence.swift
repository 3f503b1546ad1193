internal import Carriers
internal import Engine
internal import Storage
internal import XMPP

/// What goes along with a presence from a room (XEP-0045 §7.1, status codes of §15.6).
struct PresenceNews {
    var statuses: [Int] = []
    var isUnavailable = false
    /// The new nickname, with 303.
    var newNick: String?
    var actor: Occupant?
    var reason: String?
    /// Shown instead of the present ones.
    var affiliation: Affiliation?
    var role: RoomRole?
    /// `<destroy/>`.
    var destroyed: Element?
}

/// Presence out of a room.
extension Room {
    /// Tells everybody, the occupant's own clients last.
    func broadcast(_ occupant: Occupant, _ news: PresenceNews = PresenceNews()) {
        for other in occupants.values where other !== occupant { show(occupant, to: other, news) }
        show(occupant, to: occupant, news)
    }

    func show(_ occupant: Occupant, to viewer: Occupant, _ news: PresenceNews = PresenceNews()) {
        guard !viewer.sessions.isEmpty else { return }
        let isSelf = viewer === occupant
        let presence = presence(
            of: occupant, withAddress: isSelf || showsAddresses(to: viewer.role), isSelf, news)
        for session in viewer.sessions { send(presence, to: session.jid) }
    }

    func show(
        _ occupant: Occupant, toSession session: JID, of viewer: Occupant,
        _ news: PresenceNews = PresenceNews()
    ) {
        let isSelf = viewer === occupant
        send(
            presence(of: occupant, withAddress: isSelf || showsAddresses(to: viewer.role), isSelf, news),
            to: session)
    }

    private func presence(
        of occupant: Occupant, withAddress: Bool, _ isSelf: Bool, _ news: PresenceNews
    ) -> Element {
        var presence = Element(
            "presence", NS.client,
            ["from": address(occupant.nick), "type": news.isUnavailable ? "unavailable" : nil])
        if !news.isUnavailable { presence.nodes = shownNodes(of: occupant) }
        presence.append(Element("occupant-id", NS.occupantID, ["id": occupant.id]))
        var item = Element(
            "item", NS.mucUser,
            [
                "affiliation": (news.affiliation ?? affiliation(occupant)).text,
                "role":
                    (news.role ?? (news.isUnavailable && news.newNick == nil ? RoomRole.none : occupant.role))
                    .text,
                "jid": withAddress ? occupant.sessions.last?.jid.description : nil, "nick": news.newNick,
            ])
        if let actor = news.actor {
            let jid = withAddress && config.isNonAnonymous ? actor.bare : nil
            item.append(Element("actor", NS.mucUser, ["nick": actor.nick, "jid": jid]))
        }
        if let reason = news.reason { item.append(Element("reason", NS.mucUser, text: reason)) }
        var details = Element("x", NS.mucUser, [:], [item])
        if let destroyed = news.destroyed { details.append(destroyed) }
        for code in (isSelf ? [110] : []) + news.statuses {
            // 100, 170, 201 and 210 concern the one who enters only.
            guard isSelf || ![100, 170, 201, 210].contains(code) else { continue }
            details.append(Element("status", NS.mucUser, ["code": String(code)]))
        }
        presence.append(details)
        return presence
    }

    /// What the occupant shows of itself, without what only the room may say; a dead line instead.
    private func shownNodes(of occupant: Occupant) -> [Element.Node] {
        guard let session = occupant.sessions.last else { return [] }
        if let office = relay.office(for: session.jid.domain), let since = rooms.dark[office.number] {
            return [
                .element(Element("show", NS.client, text: "xa")),
                .element(Element("status", NS.client, text: PresenceRouter.darkText(office, since))),
            ]
        }
        var shown = session.presence
        shown.removeChildren {
            $0.namespace == NS.muc || $0.namespace == NS.mucUser || $0.namespace == NS.occupantID
        }
        return shown.nodes
    }

    /// Live; that somebody is gone is kept for offices whose line is down.
    func send(_ presence: Element, to session: JID) {
        var addressed = presence
        addressed["to"] = session.description
        if relay.router.sendLive(addressed, to: session, important: false) { return }
        guard presence["type"] == "unavailable", let office = relay.office(for: session.domain) else {
            return
        }
        guard rooms.farewells[office.number, default: []].count < Rooms.farewellLimit else { return }
        rooms.farewells[office.number, default: []].append((session, addressed))
    }

    // MARK: Going

    func leave(_ session: JID, _ stanza: Element) {
        guard let occupant = occupant(session: session) else { return }
        let news = PresenceNews(isUnavailable: true)
        if occupant.sessions.count > 1 {
            // The person's other clients stay: only the one that leaves is told.
            show(occupant, toSession: session, of: occupant, news)
            _ = drop(session, of: occupant)
            return
        }
        broadcast(occupant, news)
        drop(occupant)
        rooms.removeIfUnused(self)
    }

    /// Something sent to a client came back: it is there no more.
    func vanished(_ session: JID, _ stanza: Element) {
        guard let occupant = occupant(session: session), let error = StanzaError(in: stanza) else { return }
        let gone: Set<StanzaError.Condition> = [
            .gone, .itemNotFound, .jidMalformed, .recipientUnavailable, .remoteServerNotFound,
            .serviceUnavailable,
        ]
        guard gone.contains(error.condition) else { return }
        lose(session, of: occupant)
    }

    /// Takes out a client that is there no more (status 333).
    func lose(_ session: JID, of occupant: Occupant) {
        guard occupant.sessions.count == 1 else {
            _ = drop(session, of: occupant)
            return
        }
        broadcast(occupant, PresenceNews(statuses: [307, 333], isUnavailable: true))
        drop(occupant)
        rooms.removeIfUnused(self)
    }

    /// Removes somebody: kicked, banned, no longer a member, or the room is no more.
    func expel(_ occupant: Occupant, _ news: PresenceNews) {
        var last = news
        last.isUnavailable = true
        last.role = RoomRole.none
        broadcast(occupant, last)
        drop(occupant)
    }

    func shutDown() {
        for occupant in occupants.values {
            show(occupant, to: occupant, PresenceNews(statuses: [332], isUnavailable: true))
        }
    }
}
