internal import XMPP

/// A request for items of a node (XEP-0060 §6.5), with the paging of XEP-0059.
struct ItemsQuery {
    let node: String
    /// The ids asked for; empty for all.
    let ids: [String]
    /// At most so many, the newest first.
    private let limit: Int
    private let after: String?
    private let isPaged: Bool

    init(_ pubsub: Element, _ items: Element) throws(StanzaError) {
        node = try PubSubRequests.nodeName(items)
        ids = items.children("item", NS.pubsub).compactMap { $0["id"] }
        guard ids.count <= PubSubLimits.items else { throw StanzaError(.badRequest) }
        let set = pubsub.child("set", NS.rsm)
        isPaged = set != nil
        var limit = PubSubLimits.items
        for text in [items["max_items"], set?.child("max", NS.rsm)?.text] {
            guard let text, !text.isEmpty, text != "max" else { continue }
            guard let number = Int(text), number >= 0 else { throw StanzaError(.badRequest) }
            limit = min(limit, number)
        }
        self.limit = limit
        after = set?.child("after", NS.rsm).flatMap { $0.text.isEmpty ? nil : $0.text }
    }

    /// The answer out of what the node holds.
    /// - Parameters:
    ///   - items: ids and sizes, newest first.
    ///   - payload: of the item at this place.
    func answer(
        _ items: [(name: String, size: Int)], payload: (Int) -> Element?
    ) throws(StanzaError) -> IQAnswer {
        var places = Array(items.indices)
        if !ids.isEmpty {
            let wanted = Set(ids)
            places = places.filter { wanted.contains(items[$0].name) }
            guard !places.isEmpty else { throw PubSubError.itemNotFound }
        }
        let total = places.count
        var start = 0
        if let after {
            guard let index = places.firstIndex(where: { items[$0].name == after }) else {
                throw PubSubError.itemNotFound
            }
            start = index + 1
        }
        var list = Element("items", NS.pubsub, ["node": node])
        var bytes = 0
        var given: [Int] = []
        for place in places.dropFirst(start).prefix(limit) {
            bytes += items[place].size + 128
            if bytes > PubSubLimits.resultBytes, !given.isEmpty { break }
            list.append(
                Element("item", NS.pubsub, ["id": items[place].name], payload(place).map { [$0] } ?? []))
            given.append(place)
        }
        var answer = PubSubRequests.answer(list)
        let isCut = given.count < min(limit, total - start)
        if isPaged || isCut { answer.append(page(given.map { items[$0].name }, start: start, total: total)) }
        return .result([answer])
    }

    private func page(_ names: [String], start: Int, total: Int) -> Element {
        var set = Element("set", NS.rsm)
        if let first = names.first, let last = names.last {
            set.append(Element("first", NS.rsm, ["index": String(start)], text: first))
            set.append(Element("last", NS.rsm, text: last))
        }
        set.append(Element("count", NS.rsm, text: String(total)))
        return set
    }
}
