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
        do {
            return try request.isSet ? set(request, children, person) : get(request, children, person)
        } catch let error as StanzaError {
            return .error(error)
        } catch {
            request.relay.stop(because: "Private storage cannot be read (\(error)); run `dakghar verify`.")
            return .error(StanzaError(.internalServerError))
        }
    }

    private static func get(_ request: IQRequest, _ children: [Element], _ person: Person) throws -> IQAnswer
    {
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

    private static func set(_ request: IQRequest, _ children: [Element], _ person: Person) throws -> IQAnswer
    {
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
        request.relay.store.writePrivateXML(
            account: person.account.id, added: added, removed: replaced.map(\.row.id)
        ) { request.reply($0 == nil ? .result([]) : .error(.diskFull)) }
        return .later
    }

    private static var tooMuch: StanzaError {
        StanzaError(
            .resourceConstraint,
            text:
                "Private storage holds \(elements) elements, \(elementBytes) bytes each, \(accountBytes) in all."
        )
    }

    private static func elements(of person: Person) throws -> [(row: PrivateXMLRow, element: Element)] {
        try person.relay.store.privateXML(of: person.account.id).compactMap { row in
            (try? StreamParser.parse(row.element)).map { (row, $0) }
        }
    }
}
