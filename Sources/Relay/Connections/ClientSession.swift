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
    /// The same as the client has sent it.
    var announced: Element?
    var priority = 0
    /// Whom it has sent presence directly (RFC 6121 §4.6).
    var directed: Set<JID> = []
    var wantsCarbons = false
    var wantsStates = false
    var wantsRoster = false
    var wantsBlockList = false
    /// Nodes whose items it wants to be told of (`+notify`, XEP-0163), and by which capabilities.
    var wantedNodes: Set<String> = []
    var capabilityKey: String?
    /// Monotonic milliseconds of the last question to a silent client.
    var lastProbed: UInt64 = 0
    /// XEP-0352: held back while the client is inactive.
    private var hold = InactiveHold()
    /// The client fetches what it missed (XEP-0386): nothing pending is pushed at it.
    var readsArchive = false
    /// Archive entries that were sent and that no acknowledgement has covered yet, without XEP-0198.
    var asked = DeliveryQuestion()
    /// Archive entries that this session has been given and has not acknowledged.
    var delivered: Set<Int64> = []
    /// Those of them that wait until the client has taken in more of what it was sent.
    var backlog = Backlog()

    var inbound = InboundCount()
    private var whenSettled: [() -> Void] = []
    private var owesAcknowledgement = false

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
        case NS.csi: for bytes in hold.set(inactive: element.name == "inactive") { emit(bytes) }
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
                connection?.fail(
                    StreamError(.invalidFrom, text: "A stanza's from is this session's own address."))
                return
            }
        }
        inbound.next()
        let pause = person.pace.take(now: Clock.now(), perSecond: relay.settings.stanzasPerSecond)
        if pause > 0 { connection?.pause(forMs: pause) }
        var stamped = stanza
        stamped["from"] = fullText
        // What is read can be written eighty times longer: that is for nobody to receive.
        guard !stamped.isLonger(than: relay.settings.writtenBytes) else {
            let error = StanzaError(.policyViolation, text: "Written out, this stanza is too long.")
            return relay.router.refuse(stamped, error, self)
        }
        relay.router.route(stamped, from: self)
    }

    // MARK: Counting (XEP-0198 §4)

    /// Marks the stanza being handled as taken only when the returned ticket is finished.
    /// - Parameter bytes: what it occupies until then.
    func beginUnfinished(bytes: Int = 0) -> InboundCount.Ticket {
        defer { connection?.holdBack(inbound.isFull) }
        return inbound.begin(bytes: bytes)
    }

    func finished(_ ticket: InboundCount.Ticket) {
        inbound.finish(ticket)
        connection?.holdBack(inbound.isFull)
        if management != nil, !owesAcknowledgement {
            // Once for everything that one batch has finished.
            owesAcknowledgement = true
            relay.soon { self.acknowledgeOwed() }
        }
        guard inbound.isSettled, !whenSettled.isEmpty else { return }
        let waiting = whenSettled
        whenSettled = []
        for body in waiting { body() }
    }

    func acknowledgeOwed() {
        owesAcknowledgement = false
        management?.acknowledgeIfWorthIt(session: self)
    }

    /// Runs when everything that the client has sent so far is on the disk.
    func afterSettled(_ body: @escaping () -> Void) {
        if inbound.isSettled { body() } else { whenSettled.append(body) }
    }

    // MARK: Out

    /// Sends a stanza that counts for stream management, after what was held back before it.
    /// - Parameter entry: the archive entry that it carries, which its acknowledgement settles.
    func send(_ bytes: [UInt8], entry: Int64? = nil) {
        for held in hold.release() { emit(held) }
        emit(bytes, entry: entry)
    }

    func send(_ element: Element, entry: Int64? = nil) { send(element.serialized(), entry: entry) }

    /// The client is inactive from the start (XEP-0386).
    func beginInactive() { _ = hold.set(inactive: true) }

    /// Sends something that nobody keeps, or holds it back while the client is inactive.
    func deliver(_ bytes: [UInt8], important: Bool) {
        if !important, !hasEnded, hold.takes(bytes) { return }
        send(bytes)
    }

    private func emit(_ bytes: [UInt8], entry: Int64? = nil) {
        guard !hasEnded else { return }
        if let entry { delivered.insert(entry) }
        if let waiting = management?.waitingBytes {
            if waiting > relay.settings.unacknowledgedBytes { return overflow() }
            management?.sent(bytes, entry: entry)
            connection?.write(bytes)
            management?.askIfDue(session: self)
        } else {
            connection?.write(bytes)
            if let entry { asked.sent(entry, session: self) }
        }
    }

    func write(_ element: Element) { connection?.write(element) }

    func overflow() {
        isResumable = false
        if let connection { connection.close() } else { end() }
    }

    // MARK: Coming and going

    /// The connection went away.
    func detached(from old: ClientConnection) {
        guard connection === old else { return }
        connection = nil
        guard isResumable, management?.isResumable == true, !relay.isStopping else { return end() }
        hibernate()
        person.entriesReturned(from: self)
    }

    private func hibernate() {
        hibernatingSince = Clock.now()
        asked = DeliveryQuestion()
        saveManagement(urgent: false)
    }

    /// A new connection takes the session over (XEP-0198 §5).
    /// - Parameter announce: says `<resumed/>`, before anything is sent again.
    func resume(on new: ClientConnection, h: UInt32, announce: @escaping (Element) -> Void) {
        guard management?.accepts(h) == true else { return new.fail(tooHigh(h)) }
        giveUpConnection()
        // What was taken and is not on the disk yet must be in the count, or the client sends it again.
        afterSettled { self.resumeSettled(on: new, h: h, announce) }
    }

    private func resumeSettled(on new: ClientConnection, h: UInt32, _ announce: (Element) -> Void) {
        guard !new.isClosed else { return }
        giveUpConnection()
        guard !hasEnded, let current = management, current.accepts(h) else {
            return new.fail(StreamError(.reset, text: "The session ended meanwhile."))
        }
        acknowledged(h)
        connection = new
        hibernatingSince = nil
        new.attach(self)
        announce(Element("resumed", NS.sm, ["previd": current.id, "h": String(inbound.handled)]))
        management?.resumed(handled: inbound.handled)
        for bytes in management?.unacknowledged ?? [] { new.write(bytes) }
        // A resumed stream begins active (XEP-0352 §5).
        for bytes in hold.set(inactive: false) { emit(bytes) }
        management?.askIfDue(session: self, urgent: true)
        person.resumed(self)
    }

    private func giveUpConnection() {
        guard let old = connection else { return }
        connection = nil
        hibernate()
        old.releaseSession()
        old.fail(StreamError(.conflict))
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
        relay.states.unwatch(self)
        relay.presence.sessionEnded(self)
        person.entriesReturned(from: self)
        saveEndedManagement()
        management = nil
    }
}
