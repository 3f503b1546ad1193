internal import Carriers
internal import Storage
internal import XMPP

/// An account of this office with its sessions, roster and mailbox.
final class Person {
    unowned let relay: Relay
    let jid: JID
    let bare: String
    private(set) var sessions: [ClientSession] = []
    private var loadedRoster: RosterBook?
    private var loadedBlocks: BlockList?
    private var mailbox: MailboxState?
    /// How often this person may still search the directory.
    var searches = SearchPace()
    /// Digests of stanzas that an ended session took without acknowledging, and how often.
    private var repeats: [[UInt8]: Int] = [:]
    private let localpart: String
    private let removed: Account

    var pace = StanzaPace()

    init(relay: Relay, account: Account, jid: JID) {
        self.relay = relay
        self.jid = jid
        bare = jid.description
        localpart = account.localpart
        removed = account
    }

    /// The account as it is now; as it was, when it has been removed meanwhile.
    var account: Account { relay.store.account(localpart) ?? removed }

    // MARK: Sessions

    func session(_ resource: String) -> ClientSession? { sessions.first { $0.jid.resource == resource } }
    func add(_ session: ClientSession) { sessions.append(session) }
    func remove(_ session: ClientSession) { sessions.removeAll { $0 === session } }

    /// Makes room for a new session; false when every one has its client.
    func endOldestHibernating() -> Bool {
        let hibernating = sessions.filter { !$0.isAttached }
        guard let oldest = hibernating.min(by: { ($0.hibernatingSince ?? 0) < ($1.hibernatingSince ?? 0) })
        else {
            return false
        }
        oldest.end()
        return true
    }

    var available: [ClientSession] { sessions.filter(\.isAvailable) }
    /// Those that get what is sent to the bare JID (RFC 6121 §8.5.2).
    var receiving: [ClientSession] { sessions.filter { $0.isAvailable && $0.priority >= 0 } }

    // MARK: Roster

    var roster: RosterBook {
        if let loadedRoster { return loadedRoster }
        let items = relay.read([]) { try relay.store.reader.roster(of: account.id) }
        let book = RosterBook(person: self, items: items)
        loadedRoster = book
        return book
    }

    /// The roster, if it is in memory.
    var loadedRosterBook: RosterBook? { loadedRoster }

    /// Whom this person has blocked.
    var blocked: BlockList {
        get {
            if let loadedBlocks { return loadedBlocks }
            let list = BlockList(relay.read([]) { try relay.store.reader.blocked(by: account.id) })
            loadedBlocks = list
            return list
        }
        set { loadedBlocks = newValue }
    }

    /// After a refused write, memory is made from the disk again.
    func forgetRoster() { loadedRoster = nil }

    // MARK: Mailbox

    private func loadMailbox() -> MailboxState {
        if let mailbox { return mailbox }
        guard let loaded = try? relay.store.mailbox(of: account.id) else {
            relay.stop(because: "The mailbox of an account cannot be read; check the disk.")
            return MailboxState.empty
        }
        mailbox = loaded
        return loaded
    }

    /// A new entry is on the disk. False when it is known: somebody was given it from the disk already.
    func arrived(_ entry: Int64) -> Bool {
        guard mailbox != nil else { return true }
        return mailbox?.add(entry) ?? true
    }

    func acknowledge(_ entry: Int64) {
        _ = loadMailbox()
        guard mailbox?.acknowledge(entry) == true else { return }
        relay.offices?.delivered(entry: entry)
        relay.states.deliveredHere(entry)
        saveMailbox()
        if mailbox?.wantsMore == true { deliverMore() }
    }

    /// There is room for what waits in the archive behind the entries in memory.
    private func deliverMore() {
        do {
            try mailbox?.loadMore(account: account.id, reader: relay.store.reader)
        } catch {
            return relay.stop(because: error.description)
        }
        for session in receiving where session.isAttached { deliverPending(to: session) }
    }

    /// Whether no client has acknowledged or read an incoming entry yet.
    func isPending(_ entry: Int64) -> Bool { loadMailbox().isPending(entry) || loadMailbox().isBeyond(entry) }

    /// Entries in memory that no client has acknowledged or read; at least one when there is any at all.
    var pendingCount: Int { loadMailbox().pending.count }

    private func saveMailbox() {
        let store = relay.store
        let id = account.id
        store.journal.mark(self, urgent: false) {
            guard let encoded = self.mailbox?.encoded else { return nil }
            return store.saveMailbox(encoded, account: id)
        }
        relay.scheduleSave()
    }

    /// Delivers what is pending to a session that has become available.
    func deliverPending(to session: ClientSession) {
        guard !session.readsArchive else { return }
        let others = sessions.filter { $0 !== session && $0.isAttached && $0.isAvailable && $0.priority >= 0 }
        for entry in loadMailbox().pending where !session.delivered.contains(entry) {
            if others.contains(where: { $0.delivered.contains(entry) }) { continue }
            session.owe(entry)
        }
        session.catchUp()
    }

    /// A session is gone: what it had been sent and not acknowledged goes to those that are there.
    func entriesReturned(from session: ClientSession) {
        guard mailbox != nil, !session.delivered.isEmpty else { return }
        for other in receiving where other !== session && other.isAttached { deliverPending(to: other) }
        relay.push.wantsAttention(self)
    }

    /// A session has its client back.
    func resumed(_ session: ClientSession) {
        if session.isAvailable, session.priority >= 0 {
            deliverPending(to: session)
        } else {
            session.catchUp()
        }
        if !repeats.isEmpty { loadRepeats() }
    }

    // MARK: Repeats

    /// Reads the digests of what ended sessions took without acknowledging; each is good for one repeat.
    func loadRepeats() {
        // A session without a connection may have lost its client: what that one repeats comes in another.
        let live = Set(sessions.compactMap { $0.isAttached ? $0.management?.id : nil })
        let records = relay.read([]) { try relay.store.reader.streamManagement(account: account.id) }
        repeats.removeAll()
        for record in records where !live.contains(Base64.encode(record.id, .url)) {
            for start in stride(from: 0, to: record.unacknowledged.count - 15, by: 16) {
                repeats[Array(record.unacknowledged[start..<start + 16]), default: 0] += 1
            }
        }
    }

    /// True when the stanza is one that was taken already; it is forgotten then.
    func isRepeat(_ digest: [UInt8]) -> Bool {
        guard !repeats.isEmpty, let left = repeats[digest] else { return false }
        repeats[digest] = left > 1 ? left - 1 : nil
        return true
    }
}
