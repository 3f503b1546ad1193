internal import Storage
internal import XMPP

/// `urn:dakghar:states:0`: what became of a person's own messages, asked for and as it happens. The
/// protocol is in docs/states.md.
enum MessageStates {
    static let module = Extension(
        features: [NS.states], accountFeatures: [NS.states], queries: [NS.states: handle])

    /// Messages of one question, and of one page of a conversation.
    static let limit = 250

    @Sendable private static func handle(_ request: IQRequest) -> IQAnswer {
        guard let session = request.session, request.isForSender || request.account == nil else {
            return .error(StanzaError(.forbidden, text: "Everybody sees the states of their own messages."))
        }
        let states = request.relay.states
        switch (request.payload.name, request.isSet) {
        case ("enable", true): states.watch(session)
        case ("disable", true): states.unwatch(session)
        case ("states", false): return answer(request, session.person)
        default:
            return .error(
                StanzaError(
                    .badRequest,
                    text: "Ask with get and <states/>, switch with set and <enable/> or <disable/>."))
        }
        return .result([])
    }

    private static func answer(_ request: IQRequest, _ person: Person) -> IQAnswer {
        do {
            if let with = request.payload["with"] {
                return .result([try conversation(request.payload, with, person)])
            }
            let asked = request.payload.children("message", NS.states)
            guard !asked.isEmpty, asked.count <= limit else {
                throw StanzaError(
                    .badRequest, text: "Name 1 to \(limit) messages, or a conversation in 'with'.")
            }
            let found = try asked.map { one throws(StanzaError) in try state(one, person) }
            return .result([Element("states", NS.states, [:], found)])
        } catch let error as StanzaError {
            return .error(error)
        } catch {
            request.relay.stop(because: "\(error)")
            return .error(StanzaError(.internalServerError))
        }
    }

    // MARK: One message

    private static func state(_ asked: Element, _ person: Person) throws(StanzaError) -> Element {
        let relay = person.relay
        let account = person.account.id
        let report: MessageReport?
        do {
            if let text = asked["archive"] {
                guard let id = relay.archiveIDs.entry(text, account: account) else {
                    throw StanzaError(.itemNotFound, text: "The archive has no such id.")
                }
                report = try self.report(id, person)
            } else if let client = asked["id"] {
                let row = try relay.store.reader.messageState(account: account, client: client)
                report = row.flatMap(relay.states.report)
            } else {
                throw StanzaError(.badRequest, text: "A message is named by 'id' or by 'archive'.")
            }
        } catch let error as StanzaError {
            throw error
        } catch {
            relay.stop(because: "\(error)")
            throw StanzaError(.internalServerError)
        }
        return report?.element(relay.archiveIDs)
            ?? Element(
                "state", NS.states,
                ["id": asked["id"], "archive": asked["archive"], "state": "unknown"])
    }

    private static func report(_ id: Int64, _ person: Person) throws(StorageError) -> MessageReport? {
        let relay = person.relay
        let account = person.account.id
        if let row = try relay.store.reader.messageState(id: id), row.account == account {
            return relay.states.report(row)
        }
        guard let entry = try relay.store.archiveEntry(account: account, id: id) else { return nil }
        return relay.states.reportHere(entry, of: person)
    }

    // MARK: A conversation

    private static func conversation(
        _ query: Element, _ with: String, _ person: Person
    ) throws -> Element {
        let relay = person.relay
        let account = person.account.id
        guard let other = query.address("with") else { throw StanzaError(.jidMalformed) }
        var after: Int64 = 0
        if let text = query["after"] {
            guard let id = relay.archiveIDs.entry(text, account: account) else {
                throw StanzaError(.itemNotFound, text: "The archive has no such id.")
            }
            after = id
        }
        let wanted = query["max"].map { Int($0) ?? 0 } ?? limit
        guard wanted > 0 else { throw StanzaError(.badRequest, text: "'max' is a number above 0.") }
        let count = min(wanted, limit)
        let page: (reports: [MessageReport], last: Int64?, complete: Bool)
        if let number = try relay.store.knownNumber(of: other.bare.description) {
            page =
                relay.localPerson(other) == nil
                ? try elsewhere(number, after, count, person) : try here(number, after, count, person)
        } else {
            page = ([], nil, true)
        }
        return Element(
            "states", NS.states,
            [
                "with": other.bare.description, "complete": page.complete ? "true" : "false",
                "last": page.last.map { relay.archiveIDs.text(account: account, entry: $0) },
            ], page.reports.map { $0.element(relay.archiveIDs) })
    }

    private static func elsewhere(
        _ number: Int64, _ after: Int64, _ count: Int, _ person: Person
    ) throws -> (reports: [MessageReport], last: Int64?, complete: Bool) {
        let relay = person.relay
        let rows = try relay.store.reader.messageStates(
            account: person.account.id, recipient: number, after: after, limit: count + 1)
        let page = rows.prefix(count)
        return (page.compactMap(relay.states.report), page.last?.id, rows.count <= count)
    }

    private static func here(
        _ number: Int64, _ after: Int64, _ count: Int, _ person: Person
    ) throws -> (reports: [MessageReport], last: Int64?, complete: Bool) {
        let relay = person.relay
        var query = ArchiveQuery()
        query.with = number
        query.after = after
        query.limit = count
        let (entries, complete) = try relay.store.archivePage(account: person.account.id, query)
        let reports = entries.compactMap { relay.states.reportHere($0, of: person) }
        return (reports, entries.last?.id, complete)
    }
}
