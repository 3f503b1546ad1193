package import Bundles

/// One session with one peer over one TCP connection, without the connection.
///
/// The owner hands in what the socket gives and the time, and does what the effects say. After every
/// call it takes records out with `writable` for as long as the socket has room and `hasOutput` is true:
/// so nothing piles up behind a slow line, and an urgent bundle overtakes what has not left yet.
package struct LinkEngine: Sendable {
    enum Phase: Sendable {
        case idle
        /// Dialer: message 2 is due.
        case awaitingReply
        /// Dialer: the owner's hello is due.
        case awaitingOwnHello(peer: Hello)
        /// Listener: message 1 is due.
        case awaitingFirstMessage
        /// Listener: the owner's decision is due.
        case awaitingDecision
        /// Listener: the record that proves that message 1 was not a replay is due.
        case awaitingFirstRecord
        case open
        case closed
    }

    package let role: LinkRole
    let settings: LinkSettings
    var phase: Phase = .idle
    var handshake: NoiseHandshake
    var sending: CipherState?
    var receiving: CipherState?
    /// Bytes of a message that is not complete, or that has to wait for the owner.
    var input: [UInt8] = []
    var assembler: FragmentAssembler
    var queue: SendQueue
    var control = ControlQueue()
    var pacing = Pacing()
    var startedAt: UInt64
    var lastSentAt: UInt64
    var lastHeardAt: UInt64
    /// When the record that is arriving in pieces began.
    var recordStartedAt: UInt64?
    var isSuspect = false
    var isReadingPaused = false

    /// The key that the other side has proven to own, 32 bytes; nil before.
    package internal(set) var remoteLinkKey: [UInt8]?
    /// The last measured time from a PING to its PONG, in milliseconds.
    package internal(set) var roundTripMs: UInt64?
    /// When the peer last proved to be there.
    var provenAt: UInt64

    /// - Parameter ephemeral: a fixed ephemeral key, for simulations only.
    package init(
        role: LinkRole, localLink: X25519KeyPair, settings: LinkSettings = LinkSettings(), now: UInt64,
        ephemeral: X25519KeyPair? = nil
    ) {
        self.role = role
        self.settings = settings
        var remoteKey: [UInt8]?
        if case .dialer(let key) = role { remoteKey = key }
        handshake = NoiseHandshake(
            pattern: .ik, role: remoteKey == nil ? .responder : .initiator, prologue: LinkFormat.prologue,
            localStatic: localLink, remoteStatic: remoteKey, ephemeral: ephemeral)
        assembler = FragmentAssembler(maxBundleBytes: settings.maxBundleBytes)
        queue = SendQueue(settings: settings)
        startedAt = now
        lastSentAt = now
        lastHeardAt = now
        provenAt = now
    }

    package var state: LinkState {
        switch phase {
        case .idle: .connecting
        case .awaitingReply, .awaitingOwnHello, .awaitingFirstMessage, .awaitingDecision,
            .awaitingFirstRecord:
            .handshaking
        case .open: isSuspect ? .suspect : .counted
        case .closed: .closed
        }
    }

    /// Whether `writable` has something to send.
    package var hasOutput: Bool {
        if case .open = phase { !control.isEmpty || queue.canSend } else { false }
    }

    /// Bytes of bundles that wait here and have not begun to leave, or only in part.
    package var bytesWaiting: Int { queue.bytesWaiting }

    /// The same for one class.
    package func bytesWaiting(in parcelClass: ParcelClass) -> Int { queue.bytesWaiting(in: parcelClass) }

    /// The same for live bundles.
    package var liveBytesWaiting: Int { queue.liveBytesWaiting }

    /// Forgets the live bundle of this class that has waited longest; false if there is none.
    package mutating func dropOldestLive(in parcelClass: ParcelClass) -> Bool {
        queue.dropOldestLive(in: parcelClass)
    }

    /// Bytes that an unfinished message and unfinished bundles occupy.
    package var bytesHeld: Int { input.count + assembler.bytesHeld }

    /// The connection is there: a dialer sends message 1, a listener waits for it.
    package mutating func start(now: UInt64) -> [LinkEffect] {
        guard case .idle = phase else { return [] }
        startedAt = now
        guard case .dialer(let key) = role else {
            phase = .awaitingFirstMessage
            return []
        }
        do throws(NoiseError) {
            let message = try handshake.writeMessage(payload: [LinkFormat.protocolVersion])
            phase = .awaitingReply
            remoteLinkKey = key
            return [.send(Self.framed(message))]
        } catch {
            return close(.handshakeFailed)
        }
    }

    // MARK: Answers of the owner

    /// Listener: the key belongs to a peer. Sends message 2 with our hello.
    package mutating func accept(hello: Hello, now: UInt64) -> [LinkEffect] {
        guard case .awaitingDecision = phase else { return [] }
        do throws(NoiseError) {
            let frame = LinkFrame.hello(control.fitting(hello))
            let message = try handshake.writeMessage(payload: frame.encode())
            try takeKeys()
            phase = .awaitingFirstRecord
            return [.send(Self.framed(message))] + receive([], now: now)
        } catch {
            return close(.handshakeFailed)
        }
    }

    /// Listener: the key belongs to nobody we know.
    package mutating func reject(now: UInt64) -> [LinkEffect] {
        close(.unknownPeer)
    }

    /// Dialer: the session counts. Our hello begins the first record, with it goes what waits.
    package mutating func introduce(hello: Hello, now: UInt64) -> [LinkEffect] {
        guard case .awaitingOwnHello(let peer) = phase else { return [] }
        phase = .open
        lastHeardAt = now
        control.introduce(hello)
        return [.counted(peer)] + receive([], now: now)
    }

    // MARK: Sending

    /// Queues a bundle; it leaves through `writable`.
    package mutating func send(_ bundle: OutgoingBundle, now: UInt64) -> [LinkEffect] {
        guard state != .closed else { return [] }
        guard !bundle.bytes.isEmpty, bundle.bytes.count <= settings.maxBundleBytes else {
            return [
                .refused(token: bundle.token, reason: .malformed, text: "the bundle's size is out of limits")
            ]
        }
        queue.append(bundle)
        return []
    }

    /// Queues the acknowledgement of the peer's mail, in place of one that has not left yet.
    package mutating func acknowledge(_ acknowledgement: Acknowledgement) {
        control.acknowledge(acknowledgement)
    }

    /// Queues our wall clock's time, milliseconds since 1970.
    package mutating func tell(wallMs: UInt64, isSure: Bool, now: UInt64) {
        control.tell(wallMs: wallMs, isSure: isSure, now: now)
    }

    /// Queues TAKEN for these bundles of the peer: they are synced here.
    package mutating func taken(_ bundleNumbers: [UInt64]) {
        control.taken(bundleNumbers.filter { $0 >= 1 && $0 <= assembler.lastNumber })
    }

    /// Queues REFUSED for a bundle of the peer.
    package mutating func refuse(_ bundleNumber: UInt64, reason: RefusalReason, text: String) {
        control.refuse(bundleNumber, reason: reason, text: text)
    }

    /// The socket has room: at most one record, of one frame's size, filled from the queues. To be called
    /// while `hasOutput`.
    package mutating func writable(now: UInt64) -> [LinkEffect] {
        guard case .open = phase else { return [] }
        var record: [UInt8] = []
        while let frame = control.next(room: LinkFormat.maxRecordBytes - record.count, now: now) {
            record += frame
        }
        queue.frameBytes = pacing.frameBytes
        while let frame = queue.nextFragment(room: pacing.frameBytes - record.count, now: now) {
            record += frame.encode()
        }
        return record.isEmpty ? [] : seal(record, now: now)
    }

    mutating func seal(_ record: [UInt8], now: UInt64) -> [LinkEffect] {
        do throws(NoiseError) {
            guard let sealed = try sending?.encrypt(record) else { return close(.handshakeFailed) }
            lastSentAt = now
            pacing.charge(sealed.count + 2)
            return [.send(Self.framed(sealed))]
        } catch {
            return close(.keysExhausted)
        }
    }

    mutating func takeKeys() throws(NoiseError) {
        let keys = try handshake.split()
        sending = keys.send
        receiving = keys.receive
    }

    mutating func close(_ reason: LinkCloseReason) -> [LinkEffect] {
        guard state != .closed else { return [] }
        phase = .closed
        input = []
        sending = nil
        receiving = nil
        assembler = FragmentAssembler(maxBundleBytes: settings.maxBundleBytes)
        queue = SendQueue(settings: settings)
        control = ControlQueue()
        return [.close(reason)]
    }

    /// A Noise message behind its length, 2 bytes big endian.
    private static func framed(_ message: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: message.count >> 8), UInt8(truncatingIfNeeded: message.count)] + message
    }
}
