internal import Bundles
internal import Storage
internal import XMPP

/// Everybody of the office in everybody's roster, without asking. Nothing of it is stored but the names
/// and groups that people give each other themselves.
final class SharedRoster {
    /// One account as the others have it in their rosters.
    struct Colleague: Equatable {
        let jid: JID
        /// The section of the office, or `Office`.
        let group: String
    }

    /// The group of those who have no section.
    static let usualGroup = "Office"
    /// Accounts that share; of more the oldest do. A roster has to fit into one stanza of a client.
    static let limit = 2_000

    private unowned let relay: Relay
    /// As it was at the start: a change takes a restart.
    private let isOn: Bool
    /// By bare JID; empty while nothing is shared.
    private(set) var colleagues: [String: Colleague] = [:]
    /// Changes with every change of `colleagues`: part of the roster's version.
    private(set) var digest = ""

    init(relay: Relay) {
        self.relay = relay
        isOn = relay.settings.sharesRoster
        if isOn { take(current(without: nil)) }
    }

    /// What `person` has in the roster besides their own contacts.
    func colleagues(of person: Person) -> [String: Colleague] {
        guard colleagues[person.bare] != nil else { return [:] }
        var others = colleagues
        others[person.bare] = nil
        return others
    }

    func colleague(_ bare: String, of person: Person) -> Colleague? {
        guard bare != person.bare, colleagues[person.bare] != nil else { return nil }
        return colleagues[bare]
    }

    /// Reads the accounts again and tells everybody who has come and gone.
    /// - Parameter leaving: an account that is about to be removed.
    func update(without leaving: String? = nil) {
        guard isOn else { return }
        let before = colleagues
        let now = current(without: leaving)
        guard now != before else { return }
        take(now)
        let gone = before.filter { colleagues[$0.key] == nil }.map(\.value)
        let changed = colleagues.filter { before[$0.key] != $0.value }.map(\.key)
        for person in relay.knownPeople {
            if (before[person.bare] == nil) != (colleagues[person.bare] == nil) {
                // Somebody who comes or goes has the whole roster anew at the next login.
                person.forgetRoster()
                continue
            }
            for colleague in gone { relay.presence.hide(colleague.jid, from: person) }
            person.loadedRosterBook?.sharedChanged(
                gone.map(\.jid.description) + changed, forgetsNames: leaving != nil)
        }
        guard leaving != nil else { return }
        // Whoever gets the address next is somebody else.
        for colleague in gone {
            let jid = colleague.jid.description
            relay.store.journal.commit({ try $0.forgetColleague(jid) })
        }
    }

    private func take(_ now: [String: Colleague]) {
        colleagues = now
        let text = now.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value.group)" }
        let hash = Sodium.blake2b(16, Array(text.joined(separator: "\n").utf8))
        digest = Base64.encode(Array(hash.prefix(6)), .url)
    }

    private func current(without leaving: String?) -> [String: Colleague] {
        let sharing = relay.store.accounts.filter { !$0.disabled && $0.localpart != leaving }
            .sorted { $0.id < $1.id }.prefix(Self.limit)
        var found: [String: Colleague] = [:]
        for account in sharing {
            guard let jid = try? JID(localpart: account.localpart, domain: relay.domain, resource: nil)
            else { continue }
            found[jid.description] = Colleague(jid: jid, group: account.section ?? Self.usualGroup)
        }
        return found
    }
}

extension SharedRoster.Colleague {
    /// The roster item that clients see.
    /// - Parameter own: what the person has stored of the colleague.
    func item(over own: RosterItem?) -> RosterItem {
        var item = own ?? RosterItem(jid: jid.description)
        if item.groups.isEmpty { item.groups = [group] }
        item.to = true
        item.from = true
        item.listed = true
        item.pendingIn = false
        item.pendingOut = false
        item.isShared = true
        return item
    }
}
