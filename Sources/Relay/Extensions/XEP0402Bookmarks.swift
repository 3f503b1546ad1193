internal import Storage
internal import XMPP

/// Bookmarks of rooms (XEP-0402 1.2, `#compat`): the items of one node are the truth; clients that know
/// only XEP-0048 in private storage see the same rooms and change them.
enum BookmarkConversion {
    /// The older form of what the node holds.
    /// - Parameter kept: what is kept besides the rooms (addresses of pages).
    static func storage(of person: Person, besides kept: Element?) -> Element {
        var storage = kept ?? Element("storage", NS.bookmarksStorage)
        let book = person.relay.pubsub.book(of: person)
        for item in book.nodes[NS.bookmarks]?.items ?? [] {
            guard let conference = book.payload(item), conference.matches("conference", NS.bookmarks) else {
                continue
            }
            storage.append(old(conference, room: item.name))
        }
        return storage
    }

    private static func old(_ conference: Element, room: String) -> Element {
        var element = Element(
            "conference", NS.bookmarksStorage,
            [
                "jid": room, "name": conference["name"],
                "autojoin": isTrue(conference["autojoin"]) ? "true" : "false",
            ])
        for name in ["nick", "password"] {
            guard let text = conference.child(name, NS.bookmarks)?.text else { continue }
            element.append(Element(name, NS.bookmarksStorage, text: text))
        }
        return element
    }

    private static func isTrue(_ text: String?) -> Bool { text == "true" || text == "1" }

    /// Brings the node to what a client has written in the older form: rooms that it does not name are
    /// taken out, and those that are as before stay untouched.
    static func take(_ storage: Element, of person: Person) throws(StanzaError) {
        let service = person.relay.pubsub
        let book = service.book(of: person)
        let node = book.nodes[NS.bookmarks]
        var wanted: [String: Element] = [:]
        for conference in storage.children("conference", NS.bookmarksStorage) {
            guard let jid = conference["jid"].flatMap({ try? JID($0) }), jid.isBare else { continue }
            wanted[jid.description] = conference
        }
        guard wanted.count <= PubSubLimits.items else {
            throw StanzaError(.resourceConstraint, text: "At most \(PubSubLimits.items) rooms.")
        }
        for (room, conference) in wanted.sorted(by: { $0.key < $1.key }) {
            let before = node?.item(room).flatMap { book.payload($0) }
            if let before, old(before, room: room) == normal(conference, room: room) { continue }
            _ = try service.publish(
                new(conference, extending: before), id: room, in: NS.bookmarks, of: person,
                options: node == nil ? options : nil, then: { _, _ in })
        }
        let gone = (node?.items ?? []).map(\.name).filter { wanted[$0] == nil }
        guard !gone.isEmpty else { return }
        _ = try service.retract(gone, from: NS.bookmarks, of: person, tell: true, then: { _ in })
    }

    private static func normal(_ conference: Element, room: String) -> Element {
        var element = Element(
            "conference", NS.bookmarksStorage,
            [
                "jid": room, "name": conference["name"],
                "autojoin": isTrue(conference["autojoin"]) ? "true" : "false",
            ])
        for name in ["nick", "password"] {
            guard let text = conference.child(name, NS.bookmarksStorage)?.text else { continue }
            element.append(Element(name, NS.bookmarksStorage, text: text))
        }
        return element
    }

    /// The newer form; what only it has (`<extensions/>`) is kept.
    private static func new(_ conference: Element, extending before: Element?) -> Element {
        var element = Element(
            "conference", NS.bookmarks,
            ["name": conference["name"], "autojoin": isTrue(conference["autojoin"]) ? "true" : nil])
        for name in ["nick", "password"] {
            guard let text = conference.child(name, NS.bookmarksStorage)?.text else { continue }
            element.append(Element(name, NS.bookmarks, text: text))
        }
        for child in before?.children ?? [] where child.name != "nick" && child.name != "password" {
            element.append(child)
        }
        return element
    }

    /// XEP-0402 §3.1: for the owner alone, all items kept.
    private static let options = Element(
        "x", NS.dataForms, ["type": "submit"],
        [
            ("access_model", "whitelist"), ("max_items", "max"), ("persist_items", "true"),
            ("send_last_published_item", "never"),
        ].map { name, value in
            Element(
                "field", NS.dataForms, ["var": "pubsub#\(name)"],
                [Element("value", NS.dataForms, text: value)])
        })
}
