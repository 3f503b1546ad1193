internal import Storage
internal import XMPP

/// One account's roster in memory (RFC 6121 §2), written through to the store.
final class RosterBook {
    private unowned let person: Person
    private(set) var items: [String: RosterItem]

    init(person: Person, items: [RosterItem]) {
        self.person = person
        self.items = Dictionary(items.map { ($0.jid, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var listed: [RosterItem] { items.values.filter(\.listed).sorted { $0.jid < $1.jid } }
    var version: Int { person.account.rosterVersion }

    func item(_ jid: JID) -> RosterItem? { items[jid.bare.description] }

    /// Changes one item, saves it and pushes it to the interested sessions; `then` runs after the sync.
    func change(
        _ jid: JID, then done: @escaping (StorageError?) -> Void = { _ in },
        _ body: (inout RosterItem) -> Void
    ) {
        let key = jid.bare.description
        let before = items[key]
        var item = before ?? RosterItem(jid: key)
        body(&item)
        guard item != before else { return done(nil) }
        let isEmpty =
            !item.listed && !item.to && !item.from && !item.pendingIn && !item.pendingOut && !item.approved
        if isEmpty { return remove(jid, then: done) }
        items[key] = item
        let changed = item
        let account = person.account.id
        let version = nextVersion()
        person.relay.store.journal.commit({ try $0.put(changed, account: account, version: version) }) {
            error in
            if error != nil {
                self.person.forgetRoster()
            } else if changed.listed || before?.listed == true {
                self.push(changed, version: version)
            }
            done(error)
            if error == nil { self.person.relay.pubsub.rosterChanged(self.person, before, changed) }
        }
    }

    /// Removes an item; the subscriptions of both sides must have been ended before.
    func remove(_ jid: JID, then done: @escaping (StorageError?) -> Void) {
        let key = jid.bare.description
        guard let old = items.removeValue(forKey: key) else { return done(nil) }
        let account = person.account.id
        let version = nextVersion()
        person.relay.store.journal.commit({
            try $0.removeRosterItem(key, account: account, version: version)
        }) { error in
            if error != nil {
                self.person.forgetRoster()
            } else if old.listed {
                self.push(old, version: version, removed: true)
            }
            done(error)
            if error == nil { self.person.relay.pubsub.rosterChanged(self.person, old, nil) }
        }
    }

    private func nextVersion() -> Int {
        let version = person.account.rosterVersion + 1
        person.relay.store.setRosterVersion(version, of: person.account.localpart)
        return version
    }

    private func push(_ item: RosterItem, version: Int, removed: Bool = false) {
        for session in person.sessions where session.wantsRoster {
            let query = Element(
                "query", NS.roster, ["ver": String(version)], [Self.element(item, removed: removed)])
            session.send(
                Element(
                    "iq", NS.client,
                    ["type": "set", "id": "push-" + Token.random(bytes: 6), "to": session.fullText], [query]))
        }
    }

    static func element(_ item: RosterItem, removed: Bool = false) -> Element {
        let subscription =
            removed ? "remove" : item.to ? (item.from ? "both" : "to") : (item.from ? "from" : "none")
        return Element(
            "item", NS.roster,
            [
                "jid": item.jid, "name": removed ? nil : item.name, "subscription": subscription,
                "ask": !removed && item.pendingOut ? "subscribe" : nil,
                "approved": !removed && item.approved ? "true" : nil,
            ], removed ? [] : item.groups.map { Element("group", NS.roster, text: $0) })
    }
}
