internal import Carriers
internal import Storage
internal import XMPP

/// Blocking (XEP-0191 1.3), with the reports that may ride in it (XEP-0377): taken, shown to nobody
/// but the log's count, as this box has no moderator's desk yet.
enum Blocking {
    static let module = Extension(features: [NS.blocking, reporting], queries: [NS.blocking: handle])

    private static let reporting = "urn:xmpp:reporting:1"
    private static let errors = "urn:xmpp:blocking:errors"

    @Sendable private static func handle(_ request: IQRequest) -> IQAnswer {
        guard let session = request.session, request.isForSender || request.account == nil else {
            return .error(StanzaError(.forbidden))
        }
        switch (request.payload.name, request.isSet) {
        case ("blocklist", false):
            session.wantsBlockList = true
            let items = session.person.blocked.entries.sorted()
            return .result([
                Element(
                    "blocklist", NS.blocking, [:], items.map { Element("item", NS.blocking, ["jid": $0]) })
            ])
        case ("block", true): return change(request, session, isBlock: true)
        case ("unblock", true): return change(request, session, isBlock: false)
        default: return .error(StanzaError(.badRequest))
        }
    }

    private static func change(_ request: IQRequest, _ session: ClientSession, isBlock: Bool) -> IQAnswer {
        var jids: [JID] = []
        for item in request.payload.children("item", NS.blocking) {
            guard let jid = item["jid"].flatMap({ try? JID($0) }) else {
                return .error(StanzaError(.jidMalformed))
            }
            jids.append(jid)
        }
        let person = session.person
        if jids.isEmpty {
            guard !isBlock else { return .error(StanzaError(.badRequest)) }
            jids = person.blocked.entries.compactMap { try? JID($0) }
        }
        guard !isBlock || person.blocked.entries.count + jids.count <= BlockList.limit else {
            return .error(StanzaError(.resourceConstraint, text: "The block list is full."))
        }
        let account = person.account.id
        let names = jids.map(\.description)
        person.relay.store.journal.commit({ database in
            if isBlock {
                try database.block(names, account: account)
            } else {
                try database.unblock(names, account: account)
            }
        }) { error in
            guard error == nil else { return request.reply(.error(.diskFull)) }
            if isBlock { person.blocked.insert(names) } else { person.blocked.remove(names) }
            request.reply(.result([]))
            push(request.payload, to: person)
            session.relay.presence.blockChanged(jids, of: person, isBlocked: isBlock)
        }
        return .later
    }

    private static func push(_ payload: Element, to person: Person) {
        for session in person.sessions where session.wantsBlockList {
            session.send(
                Element(
                    "iq", NS.client,
                    ["type": "set", "id": "push-" + Token.random(bytes: 6), "to": session.fullText], [payload]
                ))
        }
    }

    /// What somebody is told who writes to a contact that they have blocked themselves (§3.4).
    static var ownBlock: StanzaError {
        StanzaError(
            .notAcceptable, text: "You have blocked this contact.", application: Element("blocked", errors))
    }
}
