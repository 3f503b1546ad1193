internal import Storage
internal import XMPP

/// Search (XEP-0055 1.3) in the directory of all offices' people, at the box's domain and at
/// `directory.DOMAIN`, with forms and in the older way.
enum Search {
    static let module = Extension(
        features: [NS.search],
        queries: [
            NS.search: { request in
                guard request.account == nil else { return .error(StanzaError(.serviceUnavailable)) }
                return answer(request.payload, isSet: request.isSet, request.session, request.relay)
            }
        ])

    /// People in one answer; the next ones are asked for by XEP-0059.
    static let pageLimit = 100

    static func answer(
        _ payload: Element, isSet: Bool, _ session: ClientSession?, _ relay: Relay
    ) -> IQAnswer {
        guard let session else {
            let text = "People search the directory at the box of their own office."
            return .error(StanzaError(.forbidden, text: text))
        }
        guard payload.name == "query" else { return .error(StanzaError(.badRequest)) }
        guard isSet else { return .result([form(relay)]) }
        guard session.mayStillSearch(now: Clock.now()) else {
            let text = "Too many searches; wait a minute."
            return .error(StanzaError(.resourceConstraint, text: text))
        }
        let submitted = payload.child("x", NS.dataForms)
        if submitted?["type"] == "cancel" { return .result([]) }
        var query = DirectoryQuery()
        if let submitted {
            for field in submitted.children("field", NS.dataForms) {
                query.add(field["var"] ?? "", field.child("value", NS.dataForms)?.text ?? "")
            }
        } else {
            for child in payload.children where child.namespace == NS.search {
                query.add(child.name, child.text)
            }
        }
        let found = relay.directory.search(query)
        let paging = payload.child("set", NS.rsm)
        let most = paging?.child("max", NS.rsm).flatMap { Int($0.text) } ?? pageLimit
        let after = paging?.child("after", NS.rsm)?.text ?? ""
        let page = Array(
            found.drop { !after.isEmpty && $0.jid <= after }.prefix(min(max(most, 0), pageLimit)))
        var result = Element("query", NS.search)
        if submitted != nil {
            result.append(results(page))
        } else {
            for one in page { result.append(item(one.jid, one.entry)) }
        }
        if paging != nil || page.count < found.count { result.append(set(page.map(\.jid), of: found.count)) }
        return .result([result])
    }

    private static func set(_ page: [String], of count: Int) -> Element {
        var set = Element("set", NS.rsm)
        if let first = page.first, let last = page.last {
            set.append(Element("first", NS.rsm, text: first))
            set.append(Element("last", NS.rsm, text: last))
        }
        set.append(Element("count", NS.rsm, text: String(count)))
        return set
    }

    // MARK: Forms

    private static let instructions = """
        Enter a name, a part of one, or a part of an address. At most \(pageLimit) people are shown.
        """

    private static func form(_ relay: Relay) -> Element {
        var form = DataForm(kind: "form", type: NS.search)
        form.title = "People of all offices"
        form.add("nick", "text-single", "", label: "Name or address")
        form.add("x-section", "text-single", "", label: "Section")
        form.add(
            "x-office", "list-single", "", label: "Office",
            options: [""] + relay.directory.offices.map(\.domain))
        return Element(
            "query", NS.search, [:],
            [
                Element("instructions", NS.search, text: instructions), Element("first", NS.search),
                Element("last", NS.search), Element("nick", NS.search), form.element,
            ])
    }

    /// One person in the older kind of answer.
    private static func item(_ jid: String, _ entry: DirectoryEntry) -> Element {
        let words = entry.name.split(separator: " ")
        return Element(
            "item", NS.search, ["jid": jid],
            [
                Element("first", NS.search, text: words.dropLast().joined(separator: " ")),
                Element("last", NS.search, text: words.last.map(String.init) ?? ""),
                Element("nick", NS.search, text: entry.localpart),
            ])
    }

    private static func results(
        _ page: [(jid: String, entry: DirectoryEntry, office: String)]
    ) -> Element {
        let columns = [
            ("jid", "jid-single", "Address"), ("nick", "text-single", "Name"),
            ("x-section", "text-single", "Section"), ("x-office", "text-single", "Office"),
        ]
        var form = DataForm(kind: "result", type: NS.search).element
        form.append(
            Element(
                "reported", NS.dataForms, [:],
                columns.map { name, type, label in
                    Element("field", NS.dataForms, ["var": name, "type": type, "label": label])
                }))
        for (jid, entry, office) in page {
            let values = [jid, entry.name.isEmpty ? entry.localpart : entry.name, entry.section, office]
            form.append(
                Element(
                    "item", NS.dataForms, [:],
                    zip(columns, values).map { column, value in
                        Element(
                            "field", NS.dataForms, ["var": column.0],
                            [Element("value", NS.dataForms, text: value)])
                    }))
        }
        return form
    }
}

/// The directory as a service, where clients look for one.
final class DirectoryService: Service {
    private unowned let relay: Relay
    let domain: String
    let name = "Directory"

    init(relay: Relay) {
        self.relay = relay
        domain = "directory." + relay.domain
    }

    func receive(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        let isRequest = stanza.name == "iq" && (stanza["type"] == "get" || stanza["type"] == "set")
        guard isRequest, let payload = stanza.firstChild else {
            guard stanza.name == "message" else { return }
            return relay.router.refuse(
                stanza, StanzaError(.serviceUnavailable), from: from, to: to, by: arrival)
        }
        switch answer(payload, isSet: stanza["type"] == "set", by: arrival) {
        case .result(let children):
            relay.router.sendLive(
                Element(
                    "iq", NS.client,
                    [
                        "type": "result", "id": stanza["id"], "from": to.description,
                        "to": from.description,
                    ], children), to: from)
        case .error(let error): relay.router.refuse(stanza, error, from: from, to: to, by: arrival)
        case .later: return
        }
    }

    private func answer(_ payload: Element, isSet: Bool, by arrival: Arrival) -> IQAnswer {
        switch (payload.namespace, isSet) {
        case (NS.discoInfo, false):
            let features = [NS.discoInfo, NS.discoItems, NS.ping, NS.search]
            return .result([
                Element(
                    "query", NS.discoInfo, [:],
                    [
                        Element(
                            "identity", NS.discoInfo, ["category": "directory", "type": "user", "name": name])
                    ] + features.map { Element("feature", NS.discoInfo, ["var": $0]) })
            ])
        case (NS.discoItems, false): return .result([Element("query", NS.discoItems)])
        case (NS.ping, false): return .result([])
        case (NS.search, _):
            guard case .session(let session, _) = arrival else {
                return Search.answer(payload, isSet: isSet, nil, relay)
            }
            return Search.answer(payload, isSet: isSet, session, relay)
        default: return .error(StanzaError(.serviceUnavailable))
        }
    }
}
