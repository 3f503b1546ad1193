package import XMPP

/// The relay's end of one client's stream, whatever carries it: negotiates, then belongs to a session.
package final class ClientConnection {
    let relay: Relay
    /// The client's IP address; empty when it is not known.
    package let address: String
    private(set) var isSecure: Bool
    /// Set until a resource is bound or a session resumed.
    private var negotiation: Negotiation?
    private(set) var session: ClientSession?
    /// Nil once it is gone.
    private var wire: (any ClientWire)?
    /// The largest element that the client may send now, bytes.
    package private(set) var stanzaBytes: Int
    package private(set) var isClosed = false
    /// Monotonic milliseconds of the last sign of the client.
    private(set) var lastHeard = Clock.now()

    package init(relay: Relay, wire: any ClientWire, address: String, isSecure: Bool) {
        self.relay = relay
        self.wire = wire
        self.address = address
        self.isSecure = isSecure
        // Before authentication nobody needs long stanzas.
        stanzaBytes = min(65_536, relay.settings.stanzaBytes)
        negotiation = Negotiation(connection: self)
        let crowdedOut = relay.halfOpen.add(self, address: address, now: lastHeard)
        crowdedOut?.close()
    }

    // MARK: In: called by the wire

    /// Something came, if only a sign of life.
    package func heard() { lastHeard = Clock.now() }

    /// The client opened a stream.
    package func opened(_ root: Element) {
        if session != nil { return fail(StreamError(.invalidXML)) }
        negotiation?.open(root)
    }

    package func received(_ element: Element) {
        guard !isClosed else { return }
        if let session { session.receive(element) } else { negotiation?.receive(element) }
    }

    /// What the client sent cannot be read.
    package func failed(_ error: StreamParserError) { fail(StreamError(error.condition)) }

    /// The client ended the stream (RFC 6120 §4.4): it hears first what became of its last stanzas.
    package func ended() {
        guard let session else { return sayGoodbye() }
        session.isResumable = false
        session.afterSettled { [self] in
            guard !isClosed else { return }
            session.acknowledgeOwed()
            sayGoodbye()
        }
    }

    private func sayGoodbye() {
        wire?.sendClosing()
        close()
    }

    /// The wire is gone, from whichever side.
    package func lost() {
        isClosed = true
        wire = nil
        relay.halfOpen.remove(self)
        negotiation = nil
        if let session {
            self.session = nil
            session.detached(from: self)
        }
    }

    /// More waits to be sent than the client may leave unread.
    package func overflowed() {
        // What it has not acknowledged waits in its mailbox.
        session?.isResumable = false
        close()
    }

    /// Part of what waited on the wire has left.
    package func drained() { session?.catchUp() }

    /// Whether the session has mail that waits for room.
    package var isBehind: Bool { session.map { !$0.backlog.isEmpty } ?? false }

    /// What has been sent and has not left yet, bytes.
    var waitingBytes: Int { wire?.waitingBytes ?? 0 }

    /// What may wait unread on the wire, bytes.
    package var unreadBytes: Int { relay.settings.unacknowledgedBytes + relay.settings.writtenBytes }

    /// Whether the client has to wait: nothing is read from it meanwhile.
    package var isHeldBack: Bool { waitsForDisk || isPaused }
    private var waitsForDisk = false
    private var isPaused = false

    func holdBack(_ waits: Bool) { changeReading { waitsForDisk = waits } }

    /// Reads nothing for a time.
    func pause(forMs time: UInt64) {
        guard !isPaused else { return }
        changeReading { isPaused = true }
        relay.schedule(afterMs: time) { self.changeReading { self.isPaused = false } }
    }

    private func changeReading(_ change: () -> Void) {
        let before = isHeldBack
        change()
        if isHeldBack != before { wire?.readingChanged() }
    }

    // MARK: Out

    func write(_ bytes: [UInt8]) {
        guard !isClosed else { return }
        wire?.send(bytes)
    }

    func write(_ element: Element) { write(element.serialized()) }

    func writeOpening(id: String) {
        guard !isClosed else { return }
        wire?.sendOpening(from: relay.domain, id: id)
    }

    /// Sends a stream error and closes (RFC 6120 §4.9).
    package func fail(_ error: StreamError) {
        guard !isClosed else { return }
        negotiation?.openIfNeeded()
        session?.isResumable = false
        write(error.element())
        wire?.sendClosing()
        close()
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        wire?.close()
        lost()
    }

    // MARK: Steps of the negotiation

    func startTLS() {
        guard wire?.startTLS() == true else { return close() }
        isSecure = true
    }

    /// When the person proved here that they know the password, monotonic milliseconds; nil after a login
    /// with a token.
    private(set) var passwordShown: UInt64?

    func showedPassword(now: UInt64) { passwordShown = now }

    /// - Parameter restarts: the client begins a new stream (RFC 6120 §6.4.6); not with XEP-0388.
    func authenticated(restarts: Bool) {
        stanzaBytes = relay.settings.stanzaBytes
        if restarts { wire?.restart() }
    }

    func attach(_ session: ClientSession) {
        relay.halfOpen.remove(self)
        self.session = session
        negotiation = nil
    }

    /// Gives the session up to another connection, without a word to it.
    func releaseSession() { session = nil }
}
