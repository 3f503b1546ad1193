internal import DequeModule
internal import Storage
internal import XMPP

/// One bound resource of a person. Outlives its connection when stream management is resumable.
final class ClientSession {
    unowned let relay: Relay
    let person: Person
    let jid: JID
    let fullText: String
    private(set) var connection: ClientConnection?

    /// XEP-0198, once the client has enabled it.
    var management: StreamManagement?
    var isResumable = true
    private(set) var hasEnded = false
    /// Monotonic milliseconds since it has no connection.
    private(set) var hibernatingSince: UInt64?

    /// The last available presence, or nil while unavailable.
    var presence: Element?
    var priority = 0
    /// Whom it has sent presence directly (RFC 6121 §4.6).
    var directed: Set<JID> = []
    var wantsCarbons = false
    var wantsRoster = false
    /// Monotonic milliseconds of the last question to a silent client.
    var lastProbed: UInt64 = 0
    /// XEP-0352: held back while the client is inactive.
    var hold = InactiveHold()
    /// Archive entries that were sent and that no acknowledgement has covered yet, without XEP-0198.
    var asked = DeliveryQuestion()
    /// Archive entries that this session has been sent.
    var delivered: Set<Int64> = []

    /// Counts stanzas from the client; those before the first unfinished one are acknowledged.
    private var counted: UInt32 = 0
    private var unfinished: Deque<UInt32> = []

    init(relay: Relay, person: Person, jid: JID, connection: ClientConnection) {
        self.relay = relay
        self.person = person
        self.jid = jid
        fullText = jid.description
        self.connection = connection
    }

    var isAvailable: Bool { presence != nil }
    var isAttached: Bool { connection != nil }

    // MARK: In

    func receive(_ element: Element) {
        switch element.namespace {
        case NS.sm: receiveManagement(element)
        case NS.csi: hold.set(inactive: element.name == "inactive", session: self)
        case NS.client: receiveStanza(element)
        default: connection?.fail(StreamError(.unsupportedStanzaType))
        }
    }

    private func receiveStanza(_ stanza: Element) {
        guard ["message", "presence", "iq"].contains(stanza.name) else {
            connection?.fail(StreamError(.unsupportedStanzaType))
            return
        }
        if let from = stanza["from"], from != fullText {
            guard let claimed = try? JID(from), claimed == jid || claimed == person.jid else {
                connection?.fail(StreamError(.invalidFrom, text: "A stanza's from is this session's own address."))
                return
            }
        }
        counted &+= 1
        var stamped = stanza
        stamped["from"] = fullText
        relay.router.route(stamped, from: self)
    }

    // MARK: Counting (XEP-0198 §4)

    /// Marks the stanza being handled as taken only when the returned ticket is finished.
    func beginUnfinished() -> UInt32 {
        unfinished.append(counted)
        return counted
    }

    func finished(_ ticket: UInt32) {
        // Commits complete in order, so it is the first; a refused one may come in between.
        if let index = unfinished.firstIndex(of: ticket) { unfinished.remove(at: index) }
        management?.acknowledgeIfWorthIt(session: self)
    }

    /// How many stanzas have been handled to the end, in order.
    var handled: UInt32 { unfinished.first.map { $0 &- 1 } ?? counted }
    /// How many have been taken in, finished or not.
    var taken: UInt32 { counted }
    func startCounting() {
        counted = 0
        unfinished.removeAll()
    }

    // MARK: Out

    /// Sends a stanza that counts for stream management.
    /// - Parameter entry: the archive entry that it carries, which its acknowledgement settles.
    func send(_ bytes: [UInt8], entry: Int64? = nil) {
        guard !hasEnded else { return }
        if let entry { delivered.insert(entry) }
        if management != nil {
            management?.sent(bytes, entry: entry)
            if (management?.waitingBytes ?? 0) > relay.settings.unacknowledgedBytes { return overflow() }
            connection?.write(bytes)
            management?.askIfDue(session: self)
        } else {
            connection?.write(bytes)
            if let entry { asked.sent(entry, session: self) }
        }
    }

    func send(_ element: Element, entry: Int64? = nil) { send(element.serialized(), entry: entry) }

    /// Sends something that must not be held back (results, stream management).
    func sendNow(_ element: Element) { send(element.serialized()) }

    func write(_ element: Element) { connection?.write(element) }

    private func overflow() {
        isResumable = false
        if let connection { connection.close() } else { end() }
    }

    // MARK: Coming and going

    /// The connection went away.
    func detached(from old: ClientConnection) {
        guard connection === old else { return }
        connection = nil
        guard isResumable, management?.isResumable == true, !relay.isStopping else { return end() }
        hibernatingSince = Clock.now()
        asked = DeliveryQuestion()
        person.entriesReturned(from: self)
    }

    /// A new connection took the session over (XEP-0198 §5).
    func resume(on new: ClientConnection, h: UInt32) {
        guard let current = management, current.accepts(h) else {
            return new.fail(StreamError(.undefinedCondition, text: "More was acknowledged than was sent."))
        }
        if let old = connection {
            old.releaseSession()
            old.fail(StreamError(.conflict))
        }
        connection = new
        hibernatingSince = nil
        new.attach(self)
        acknowledged(h)
        new.write(Element("resumed", NS.sm, ["previd": current.id, "h": String(handled)]))
        for bytes in management?.unacknowledged ?? [] { new.write(bytes) }
        management?.askIfDue(session: self, force: true)
    }

    /// Another connection bound the same resource (RFC 6120 §7.7.2.2): the newer stays.
    func replaced() {
        isResumable = false
        if let connection { connection.fail(StreamError(.conflict)) } else { end() }
    }

    /// Ends for good: what nobody acknowledged goes back to the mailbox.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        hibernatingSince = nil
        person.remove(self)
        relay.presence.sessionEnded(self)
        saveManagement(urgent: false)
        management = nil
    }
}
