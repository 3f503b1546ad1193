internal import Storage
internal import XMPP

/// Private XML storage (XEP-0049 1.2): elements that an account's clients keep with the server, one for
/// each name and namespace. Bookmarks are those of XEP-0402, in the older form (see `BookmarkConversion`).
enum PrivateStorage {
    static let module = Extension(features: [NS.privateStorage], queries: [NS.privateStorage: handle])

    /// Elements of one account.
    static let elements = 100
    /// One element, and all of an account, bytes.
    static let elementBytes = 128 << 10
    static let accountBytes = 1 << 20

    @Sendable private static func handle(_ request: IQRequest) -> IQAnswer {
        guard request.isForSender, let person = request.account, request.session != nil else {
            return .error(StanzaError(.forbidden, text: "Private storage is for its owner."))
        }
        let children = request.payload.children
        guard !children.isEmpty, children.count <= elements,
            children.allSatisfy({ !$0.namespace.isEmpty && $0.namespace != NS.privateStorage })
        else {
            return .error(StanzaError(.notAcceptable, text: "Name elements of a namespace of their own."))
        }
        guard Set(children.map { [$0.name, $0.namespace] }).count == children.count else {
            return .error(StanzaError(.badRequest, text: "Each element once."))
        }
        if request.isSet {
            return request.changing { reply throws(StanzaError) in try set(request, children, person, reply) }
        }
        do throws(StanzaError) { return try get(children, person) } catch { return .error(error) }
    }

    private static func get(_ children: [Element], _ person: Person) throws(StanzaError) -> IQAnswer {
        let kept = try elements(of: person)
        let found = children.map { asked -> Element in
            let element = kept.first { $0.element.matches(asked.name, asked.namespace) }?.element
            if asked.matches("storage", NS.bookmarksStorage) {
                return BookmarkConversion.storage(of: person, besides: element)
            }
            return element ?? Element(asked.name, asked.namespace)
        }
        return .result([Element("query", NS.privateStorage, [:], found)])
    }

    private static func set(
        _ request: IQRequest, _ children: [Element], _ person: Person, _ reply: @escaping (IQAnswer) -> Void
    ) throws(StanzaError) -> IQAnswer {
        guard !request.relay.disk.isFull else { throw StanzaError.diskFull }
        let kept = try elements(of: person)
        var added: [PrivateXMLRow] = []
        var bookmarks: Element?
        for child in children {
            var element = child
            if child.matches("storage", NS.bookmarksStorage) {
                bookmarks = child
                element.removeChildren { $0.matches("conference", NS.bookmarksStorage) }
            }
            let bytes = element.serialized(in: "")
            guard bytes.count <= elementBytes else { throw tooMuch }
            added.append(PrivateXMLRow(id: request.relay.pubsub.takeID(), element: bytes))
        }
        let replaced = kept.filter { row in children.contains { row.element.matches($0.name, $0.namespace) } }
        let stays = kept.filter { row in !replaced.contains { $0.row.id == row.row.id } }
        guard stays.count + added.count <= elements,
            (stays.map(\.row) + added).reduce(0, { $0 + $1.element.count }) <= accountBytes
        else { throw tooMuch }
        if let bookmarks { try BookmarkConversion.take(bookmarks, of: person) }
        request.relay.pubsub.writePrivate(
            stays.map(\.row) + added, added: added, removed: replaced.map(\.row.id), of: person
        ) { reply($0 == nil ? .result([]) : .error(.diskFull)) }
        return .later
    }

    private static var tooMuch: StanzaError {
        StanzaError(
            .resourceConstraint,
            text:
                "Private storage holds \(elements) elements, \(elementBytes) bytes each, \(accountBytes) in all."
        )
    }

    private static func elements(
        of person: Person
    ) throws(StanzaError) -> [(row: PrivateXMLRow, element: Element)] {
        try person.relay.pubsub.privateRows(of: person).compactMap { row in
            (try? StreamParser.parse(row.element)).map { (row, $0) }
        }
    }
}

extension PubSub {
    /// As they will be when everything is on the disk.
    func privateRows(of person: Person) throws(StanzaError) -> [PrivateXMLRow] {
        let account = person.account.id
        if let unsynced = unsyncedPrivate[account] { return unsynced.rows }
        do {
            return try relay.store.privateXML(of: account)
        } catch {
            relay.stop(because: "Private storage cannot be read (\(error)); check the disk.")
            throw StanzaError(.internalServerError)
        }
    }

    func writePrivate(
        _ rows: [PrivateXMLRow], added: [PrivateXMLRow], removed: [Int64], of person: Person,
        then done: @escaping (StorageError?) -> Void
    ) {
        let account = person.account.id
        let writes = unsyncedPrivate[account]?.writes ?? 0
        unsyncedPrivate[account] = (rows, writes + 1)
        relay.store.writePrivateXML(account: account, added: added, removed: removed) { error in
            let left = (self.unsyncedPrivate[account]?.writes ?? 1) - 1
            if left == 0 || error != nil {
                self.unsyncedPrivate[account] = nil
            } else {
                self.unsyncedPrivate[account]?.writes = left
            }
            done(error)
        }
    }
}
