internal import Carriers
internal import NIOCore
internal import Storage
internal import XMPP

/// Personal eventing (XEP-0163): every account is a publish-subscribe service at its bare JID.
final class PubSub {
    unowned let relay: Relay
    private var books: [Int64: PubSubBook] = [:]
    private var nextID: Int64?
    /// Private XML (XEP-0049) of accounts of which something is not on the disk yet.
    var unsyncedPrivate: [Int64: (rows: [PrivateXMLRow], writes: Int)] = [:]

    private(set) lazy var events = PubSubEvents(service: self)
    private(set) lazy var replicas = NodeReplicas(service: self)
    private(set) lazy var remote = RemoteNodes(service: self)

    init(relay: Relay) { self.relay = relay }

    static let module = Extension(
        accountFeatures: [NS.pubsub] + features.map { "\(NS.pubsub)#\($0)" } + ["\(NS.bookmarks)#compat"],
        queries: [NS.pubsub: PubSubRequests.handle, NS.pubsubOwner: PubSubOwnerRequests.handle])

    /// XEP-0060 §10, XEP-0163 §6.
    static let features = [
        "access-open", "access-presence", "access-whitelist", "auto-create", "auto-subscribe", "config-node",
        "config-node-max", "create-and-configure", "create-nodes", "delete-items", "delete-nodes",
        "filtered-notifications", "item-ids", "last-published", "member-affiliation", "meta-data",
        "modify-affiliations", "multi-items", "owner", "persistent-items", "presence-notifications",
        "presence-subscribe", "publish", "publish-options", "purge-nodes", "retract-items",
        "retrieve-affiliations",
        "retrieve-default", "retrieve-items", "retrieve-subscriptions", "rsm",
    ]

    func book(of person: Person) -> PubSubBook {
        let account = person.account.id
        if let known = books[account] { return known }
        let book = PubSubBook(service: self, account: account)
        do {
            try book.load()
        } catch {
            relay.stop(
                because: "What an account has published cannot be read (\(error)); check the disk.")
        }
        books[account] = book
        return book
    }

    /// After a refused write, memory is made from the disk again.
    func forget(_ account: Int64) { books[account] = nil }

    /// An account was removed; its rows went with it.
    func removed(_ localpart: String) {
        guard let jid = try? JID(localpart: localpart, domain: relay.domain, resource: nil) else { return }
        replicas.removed(jid)
        relay.avatars.forget(jid)
    }

    /// The next id of a row; never used twice.
    func takeID() -> Int64 {
        if nextID == nil {
            do {
                nextID = try relay.store.nextPubSubID()
            } catch {
                relay.stop(because: error.description)
            }
        }
        let id = nextID ?? 1
        nextID = id + 1
        return id
    }

    // MARK: What happens elsewhere

    /// A subscription or a contact of a person's has changed, and is on the disk.
    func rosterChanged(_ person: Person, _ before: RosterItem?, _ after: RosterItem?) {
        guard let text = after?.jid ?? before?.jid, let contact = try? JID(text) else { return }
        let local = relay.localPerson(contact)
        if let local, after?.from == true, before?.from != true {
            for session in local.available { events.sendLast(of: person, to: session, session.wantedNodes) }
        }
        guard contact.domain != relay.domain else { return }
        replicas.rosterChanged(person, contact)
        if after?.to == true, before?.to != true {
            for session in person.available { remote.sendLast(of: contact, to: session, session.wantedNodes) }
        }
    }

    /// A client has said which nodes it wants to hear of: it gets the newest items of its own account and
    /// of its contacts, a few contacts a turn, so that a large roster stops nobody.
    func interested(_ session: ClientSession, in nodes: Set<String>) {
        guard !nodes.isEmpty else { return }
        events.sendLast(of: session.person, to: session, nodes)
        let contacts = session.person.roster.items.values.filter(\.to).compactMap { try? JID($0.jid) }
        sendLast(of: contacts[...], to: session, nodes)
    }

    private func sendLast(of contacts: ArraySlice<JID>, to session: ClientSession, _ nodes: Set<String>) {
        guard session.isAvailable, !session.hasEnded else { return }
        for contact in contacts.prefix(PubSubLimits.contactsAtOnce) {
            if let person = relay.localPerson(contact) {
                guard person.roster.item(session.jid)?.from == true else { continue }
                events.sendLast(of: person, to: session, nodes)
            } else {
                remote.sendLast(of: contact, to: session, nodes)
            }
        }
        let rest = contacts.dropFirst(PubSubLimits.contactsAtOnce)
        guard !rest.isEmpty else { return }
        relay.eventLoop.assumeIsolated().execute { self.sendLast(of: rest, to: session, nodes) }
    }
}
