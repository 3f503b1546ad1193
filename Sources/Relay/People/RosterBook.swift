internal import Storage
internal import XMPP

/// One account's roster in memory (RFC 6121 §2), written through to the store, together with the
/// colleagues of the shared roster, who are not stored.
final class RosterBook {
    private unowned let person: Person
    /// What is on the disk.
    private var own: [String: RosterItem]
    /// What counts: the person's own contacts and the colleagues.
    private(set) var items: [String: RosterItem] = [:]

    init(person: Person, items stored: [RosterItem]) {
        self.person = person
        own = Dictionary(stored.map { ($0.jid, $0) }, uniquingKeysWith: { first, _ in first })
        items = own.filter { !$0.value.namesColleague }
        for (key, colleague) in person.relay.shared.colleagues(of: person) {
            items[key] = colleague.item(over: own[key])
        }
    }

    var listed: [RosterItem] { items.values.filter(\.listed).sorted { $0.jid < $1.jid } }
    var version: String { versionText(person.account.rosterVersion) }
    /// Contacts that the person made, which are limited.
    var ownCount: Int { own.count }

    func item(_ jid: JID) -> RosterItem? { items[jid.bare.description] }

    /// Whether there is something of the person's own about the contact: a name, groups, a subscription.
    func hasOwn(_ jid: JID) -> Bool { own[jid.bare.description] != nil }

    /// Changes one item, saves it and pushes it to the interested sessions; `then` runs after the sync.
    func change(
        _ jid: JID, then done: @escaping (StorageError?) -> Void = { _ in },
        _ body: (inout RosterItem) -> Void
    ) {
        let key = jid.bare.description
        let before = items[key]
        var item = before ?? RosterItem(jid: key)
        body(&item)
        if !item.pendingIn { item.request = nil }
        guard item != before else { return done(nil) }
        if let colleague = person.relay.shared.colleague(key, of: person) {
            return save(named(item), shown: { colleague.item(over: $0) }, before: before, then: done)
        }
        let isEmpty =
            !item.listed && !item.to && !item.from && !item.pendingIn && !item.pendingOut && !item.approved
        if isEmpty { return remove(jid, then: done) }
        save(item, shown: { $0 }, before: before, then: done)
    }

    /// What is kept of a colleague: name and groups; a subscription from other times stays as it is.
    private func named(_ item: RosterItem) -> RosterItem {
        var kept = own[item.jid] ?? RosterItem(jid: item.jid)
        if own[item.jid] == nil { kept.namesColleague = true }
        kept.name = item.name
        kept.groups = item.groups
        kept.listed = true
        return kept
    }

    private func save(
        _ kept: RosterItem, shown: (RosterItem) -> RosterItem, before: RosterItem?,
        then done: @escaping (StorageError?) -> Void
    ) {
        own[kept.jid] = kept
        let changed = shown(kept)
        items[kept.jid] = changed
        let account = person.account.id
        let version = nextVersion()
        person.relay.store.journal.commit({ try $0.put(kept, account: account, version: version) }) {
            [person] error in
            if error != nil {
                person.forgetRoster()
            } else if changed.listed || before?.listed == true {
                self.push(changed, version: version)
            }
            done(error)
            if error == nil { self.person.relay.pubsub.rosterChanged(self.person, before, changed) }
        }
    }

    /// Removes an item; the subscriptions of both sides must have been ended before. A colleague stays,
    /// as everybody has them.
    func remove(_ jid: JID, then done: @escaping (StorageError?) -> Void) {
        let key = jid.bare.description
        guard let old = items[key] else { return done(nil) }
        let colleague = person.relay.shared.colleague(key, of: person)
        own[key] = nil
        let left = colleague?.item(over: nil)
        items[key] = left
        let account = person.account.id
        let version = nextVersion()
        person.relay.store.journal.commit({
            try $0.removeRosterItem(key, account: account, version: version)
        }) { [person] error in
            if error != nil {
                person.forgetRoster()
            } else if let left {
                self.push(left, version: version)
            } else if old.listed {
                self.push(old, version: version, removed: true)
            }
            done(error)
            if error == nil { self.person.relay.pubsub.rosterChanged(self.person, old, left) }
        }
    }

    /// Colleagues have come, gone, or changed their section.
    /// - Parameter forgetsNames: those that go do not come back.
    func sharedChanged(_ keys: [String], forgetsNames: Bool) {
        let version = person.account.rosterVersion
        for key in keys where key != person.bare {
            let before = items[key]
            let colleague = person.relay.shared.colleague(key, of: person)
            if colleague == nil, forgetsNames, own[key]?.namesColleague == true { own[key] = nil }
            let kept = own[key].flatMap { $0.namesColleague ? nil : $0 }
            let now = colleague.map { $0.item(over: own[key]) } ?? kept
            guard now != before else { continue }
            items[key] = now
            if let now, now.listed {
                push(now, version: version)
            } else if let before, before.listed {
                push(before, version: version, removed: true)
            }
        }
    }

    private func nextVersion() -> Int {
        let version = person.account.rosterVersion + 1
        person.relay.store.setRosterVersion(version, of: person.account.localpart)
        return version
    }

    /// The person's own changes are counted; those of the office have a digest.
    private func versionText(_ number: Int) -> String {
        let digest = person.relay.shared.digest
        return digest.isEmpty ? String(number) : "\(number)-\(digest)"
    }

    private func push(_ item: RosterItem, version: Int, removed: Bool = false) {
        for session in person.sessions where session.wantsRoster {
            let query = Element(
                "query", NS.roster, ["ver": versionText(version)], [Self.element(item, removed: removed)])
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
