internal import DequeModule
internal import Storage
internal import XMPP

/// Stream management (XEP-0198 1.6): what a session has sent and its client not yet acknowledged,
/// and the digests of what it took and could not acknowledge yet.
struct StreamManagement {
    /// base64url of 15 random bytes.
    let id: String
    let isResumable: Bool
    private(set) var sentCount: UInt32 = 0
    private var acknowledgedCount: UInt32 = 0
    private var waiting: Deque<(bytes: [UInt8], entry: Int64?)> = []
    private(set) var waitingBytes = 0
    /// Sent since the last question, and whether archive entries are among it.
    private var sentSinceAsked = 0
    private var entriesSinceAsked = false
    /// A question is under way; the next one waits for its answer.
    private var isAsked = false
    private var lastAcknowledged: UInt32 = 0
    /// Digests of what was counted and whose `<a/>` has not gone out, oldest first, with their counts.
    private var digests: Deque<(count: UInt32, digest: [UInt8])> = []

    /// Digests kept for one session.
    static let digestLimit = 1_024

    init(isResumable: Bool) {
        id = Token.random(bytes: 15)
        self.isResumable = isResumable
    }

    mutating func sent(_ bytes: [UInt8], entry: Int64?) {
        sentCount &+= 1
        waiting.append((bytes, entry))
        waitingBytes += bytes.count
        sentSinceAsked += 1
        if entry != nil { entriesSinceAsked = true }
    }

    /// A count that lies between what was acknowledged and what was sent (modulo 2^32).
    func accepts(_ h: UInt32) -> Bool { h &- acknowledgedCount <= sentCount &- acknowledgedCount }

    /// Removes what the client has; returns the archive entries among it.
    mutating func acknowledged(_ h: UInt32) -> [Int64] {
        isAsked = false
        var entries: [Int64] = []
        while acknowledgedCount != h, let first = waiting.popFirst() {
            acknowledgedCount &+= 1
            waitingBytes -= first.bytes.count
            if let entry = first.entry { entries.append(entry) }
        }
        return entries
    }

    var unacknowledged: [[UInt8]] { waiting.map(\.bytes) }

    /// Asks for an acknowledgement: of mail at once, of everything else after a few stanzas.
    /// - Parameter urgent: of everything at once.
    mutating func askIfDue(session: ClientSession, urgent: Bool = false) {
        guard session.isAttached, !isAsked, !waiting.isEmpty else { return }
        guard entriesSinceAsked || sentSinceAsked >= 5 || urgent else { return }
        isAsked = true
        entriesSinceAsked = false
        sentSinceAsked = 0
        session.write(Element("r", NS.sm))
    }

    /// The client came back and was told how much is handled; a question that was under way is lost.
    mutating func resumed(handled: UInt32) {
        isAsked = false
        noteAcknowledged(handled)
    }

    mutating func took(_ digest: [UInt8], count: UInt32) {
        digests.append((count, digest))
        if digests.count > Self.digestLimit { digests.removeFirst() }
    }

    /// Tells the client unasked what is safe now: the sooner it knows, the less it repeats.
    mutating func acknowledgeIfWorthIt(session: ClientSession) {
        guard session.inbound.handled != lastAcknowledged, session.isAttached else { return }
        acknowledge(session: session)
    }

    mutating func acknowledge(session: ClientSession) {
        noteAcknowledged(session.inbound.handled)
        session.write(Element("a", NS.sm, ["h": String(lastAcknowledged)]))
    }

    private mutating func noteAcknowledged(_ handled: UInt32) {
        lastAcknowledged = handled
        while let first = digests.first, lastAcknowledged &- first.count < 1 << 31 { _ = digests.popFirst() }
    }

    func record(account: Int64, h: UInt32) -> StreamManagementRecord? {
        guard let bytes = try? Base64.decode(id, .url) else { return nil }
        return StreamManagementRecord(
            id: bytes, account: account, h: h, unacknowledged: digests.flatMap(\.digest))
    }
}

extension ClientSession {
    func receiveManagement(_ element: Element) {
        switch element.name {
        case "r": acknowledgeNow()
        case "a": receiveAcknowledgement(element["h"])
        case "enable": enableManagement(element)
        case "resume": refuseManagement()
        default: connection?.fail(StreamError(.unsupportedStanzaType))
        }
    }

    private func acknowledgeNow() {
        guard management != nil else { return refuseManagement() }
        management?.acknowledge(session: self)
        saveManagement(urgent: false)
    }

    private func refuseManagement() {
        write(Element("failed", NS.sm, [:], [Element("unexpected-request", NS.stanzas)]))
    }

    private func enableManagement(_ element: Element) {
        guard management == nil else { return refuseManagement() }
        let made = StreamManagement(isResumable: ["true", "1"].contains(element["resume"] ?? ""))
        inbound.restart()
        write(enabled(made))
        begin(made)
    }

    /// Enables it within a login (XEP-0386); the answer is for the caller to send.
    func enabledManagement(_ element: Element) -> Element {
        let made = StreamManagement(isResumable: ["true", "1"].contains(element["resume"] ?? ""))
        inbound.restart()
        begin(made)
        return enabled(made)
    }

    private func begin(_ made: StreamManagement) {
        management = made
        person.loadRepeats()
        saveManagement(urgent: true)
    }

    private func enabled(_ made: StreamManagement) -> Element {
        Element(
            "enabled", NS.sm,
            [
                "id": made.isResumable ? made.id : nil, "resume": made.isResumable ? "true" : nil,
                "max": made.isResumable ? String(relay.settings.hibernationSeconds) : nil,
            ])
    }

    private func receiveAcknowledgement(_ text: String?) {
        guard let current = management else { return refuseManagement() }
        guard let h = text.flatMap({ UInt32($0) }) else {
            connection?.fail(StreamError(.badFormat, text: "An acknowledgement has a number h."))
            return
        }
        guard current.accepts(h) else {
            connection?.fail(tooHigh(h))
            return
        }
        acknowledged(h)
        catchUp()
        management?.askIfDue(session: self)
    }

    /// More was acknowledged than was sent (XEP-0198 §7).
    func tooHigh(_ h: UInt32) -> StreamError {
        let sent = management.map { String($0.sentCount) }
        return StreamError(
            .undefinedCondition, text: "More was acknowledged than was sent.",
            detail: Element("handled-count-too-high", NS.sm, ["h": String(h), "send-count": sent]))
    }

    func acknowledged(_ h: UInt32) {
        for entry in management?.acknowledged(h) ?? [] { acknowledged(entry: entry) }
    }

    /// The client has an archive entry.
    func acknowledged(entry: Int64) {
        delivered.remove(entry)
        person.acknowledge(entry)
    }

    /// Saves (SM-ID, h) with the batch that holds the stanzas it counts.
    func saveManagement(urgent: Bool) {
        guard management != nil else { return }
        let store = relay.store
        relay.store.journal.mark(self, urgent: urgent) {
            // Its end, should it come first, saves the last state itself.
            guard let record = self.management?.record(account: self.person.account.id, h: self.inbound.taken)
            else { return nil }
            let service = store.serviceClock.now()
            return { database in try database.put(record, service: service) }
        }
    }

    /// The last state of a session that ends: what it took counts for a day.
    func saveEndedManagement() {
        guard let record = management?.record(account: person.account.id, h: inbound.taken) else { return }
        // The closure holds the session, so that no other one can take its place in the journal.
        relay.store.journal.mark(self, urgent: false) { [self] in
            let service = relay.store.serviceClock.now()
            return { database in try database.put(record, service: service) }
        }
    }
}
