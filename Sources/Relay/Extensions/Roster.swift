internal import Storage
internal import XMPP

/// Roster management (RFC 6121 §2).
enum Roster {
    static let module = Extension(features: [], queries: [NS.roster: handle])

    @Sendable private static func handle(_ request: IQRequest) -> IQAnswer {
        guard let session = request.session, request.isForSender else {
            return .error(StanzaError(.forbidden))
        }
        return request.isSet ? set(request, session) : get(request, session)
    }

    private static func get(_ request: IQRequest, _ session: ClientSession) -> IQAnswer {
        let roster = session.person.roster
        session.wantsRoster = true
        let version = roster.version
        if let known = request.payload["ver"], known == version { return .result([]) }
        return .result([
            Element("query", NS.roster, ["ver": version], roster.listed.map { RosterBook.element($0) })
        ])
    }

    private static func set(_ request: IQRequest, _ session: ClientSession) -> IQAnswer {
        let items = request.payload.children("item", NS.roster)
        guard items.count == 1, let item = items.first, let jid = item["jid"].flatMap({ try? JID($0) }),
            jid.isBare
        else { return .error(StanzaError(.badRequest)) }
        guard jid != session.person.jid else { return .error(StanzaError(.notAllowed)) }
        let roster = session.person.roster
        func finishing() -> (StorageError?) -> Void {
            let ticket = session.beginUnfinished()
            session.saveManagement(urgent: false)
            return { error in
                request.reply(error == nil ? .result([]) : .error(.diskFull))
                session.finished(ticket)
            }
        }
        if item["subscription"] == "remove" {
            if roster.item(jid)?.isShared == true, !roster.hasOwn(jid) {
                let text = "Everybody of this office is in everybody's roster."
                return .error(StanzaError(.notAllowed, text: text))
            }
            guard roster.item(jid)?.listed == true else { return .error(StanzaError(.itemNotFound)) }
            let finish = finishing()
            session.relay.subscriptions.removeContact(jid, of: session.person, then: finish)
            return .later
        }
        let groups = item.children("group", NS.roster).map(\.text)
        let name = item["name"]
        guard groups.count <= 32,
            groups.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 1_023 && !$0.contains("\n") }),
            (name?.utf8.count ?? 0) <= 1_023
        else { return .error(StanzaError(.notAcceptable)) }
        guard Set(groups).count == groups.count else { return .error(StanzaError(.badRequest)) }
        guard roster.ownCount < session.relay.settings.rosterItems || roster.hasOwn(jid) else {
            return .error(StanzaError(.resourceConstraint, text: "The roster is full."))
        }
        roster.change(jid, then: finishing()) { entry in
            entry.name = name
            entry.groups = groups
            entry.listed = true
        }
        return .later
    }
}
