internal import Bundles
internal import Engine
internal import NIOCore
internal import Storage

/// The socket of one link session: feeds the engine and does what it says.
final class LinkConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private unowned let office: PostOffice
    private(set) var engine: LinkEngine
    private(set) var peer: Peer?
    /// Tells this session from every other of this life.
    let serial: UInt64
    let dialedHere: Bool
    private var context: ChannelHandlerContext?
    private var timerAt = UInt64.max
    private var timer: Scheduled<Void>?
    private var isPumping = false
    private var isPumpScheduled = false
    private(set) var isClosed = false
    private var nextToken: UInt64 = 0
    /// The epochs that the two hellos of this session said: what an open bundle counts in.
    private(set) var ownEpoch: Epoch?
    private(set) var peerEpoch: Epoch?
    /// What the tokens of bundles under way stand for.
    private var sent: [UInt64: SentBundle] = [:]
    /// Sizes of the peer's bundles that are being written here.
    private var unsettled: [UInt64: Int] = [:]
    private var unsettledBytes = 0
    private var isPaused = false

    /// Bytes of the peer's bundles that may wait for the disk; reading goes on at half of it.
    private static let unsettledLimit = 2 << 20
    /// Bytes that may wait here before what nobody stores is dropped.
    private static let liveLimit = 256 << 10

    enum SentBundle {
        case mail(destination: BoxID, way: OutboxWay, names: [ParcelName])
        case transit(row: Int64, destination: BoxID)
        case register(destination: BoxID, key: String, version: UInt64)
        case unstored
        case blob(destination: BoxID, token: UInt64)
    }

    /// - Parameter peer: whom this dials; nil for a connection that came in.
    init(office: PostOffice, peer: Peer?) {
        self.office = office
        self.peer = peer
        dialedHere = peer != nil
        office.connectionsMade += 1
        serial = office.connectionsMade
        engine = LinkEngine(
            role: peer.map { .dialer(remoteLinkKey: $0.entry.card.linkKey) } ?? .listener,
            localLink: office.identity.link, settings: office.linkSettings, now: Clocks.monotonic())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard !isClosed else { return context.close(promise: nil) }
        self.context = context
        if context.channel.isActive { begin() }
    }

    func channelActive(context: ChannelHandlerContext) { begin() }

    private func begin() {
        guard engine.state == .connecting else { return }
        if !dialedHere { office.halfOpenLinks.add(self) }
        perform(engine.start(now: Clocks.monotonic()))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        let buffer = unwrapInboundIn(data)
        perform(engine.receive(buffer.readableBytesView, now: Clocks.monotonic()))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { pump() }
    }

    func channelInactive(context: ChannelHandlerContext) { ended(nil) }
    func handlerRemoved(context: ChannelHandlerContext) { ended(nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: What the post office wants

    /// Queues a bundle; false when it was dropped, as the peer does not read.
    @discardableResult
    func send(
        _ bytes: [UInt8], class parcelClass: ParcelClass, held: UInt64, as meaning: SentBundle,
        isOpen: Bool = false
    ) -> Bool {
        guard !isClosed else { return false }
        nextToken += 1
        var isTaken = true
        if case .unstored = meaning {
            guard engine.bytesWaiting < Self.liveLimit else { return false }
            isTaken = false
        } else {
            sent[nextToken] = meaning
        }
        let bundle = OutgoingBundle(
            token: nextToken, parcelClass: parcelClass, heldSeconds: held, isTaken: isTaken,
            isOpen: isOpen, bytes: bytes)
        perform(engine.send(bundle, now: Clocks.monotonic()))
        return true
    }

    func acknowledge(_ acknowledgement: Acknowledgement) {
        engine.acknowledge(acknowledgement)
        schedulePump()
    }

    func taken(_ numbers: [UInt64]) {
        engine.taken(numbers)
        for number in numbers { settled(number) }
        schedulePump()
    }

    func refuse(_ number: UInt64, _ reason: RefusalReason, _ text: String) {
        engine.refuse(number, reason: reason, text: text)
        settled(number)
        schedulePump()
    }

    /// The disk is slower than the line: the peer waits, not this box's memory.
    private func began(_ number: UInt64, bytes: Int) {
        unsettled[number] = bytes
        unsettledBytes += bytes
        if unsettledBytes > Self.unsettledLimit { pauseReading(true) }
    }

    private func settled(_ number: UInt64) {
        guard let bytes = unsettled.removeValue(forKey: number) else { return }
        unsettledBytes -= bytes
        if unsettledBytes < Self.unsettledLimit / 2 { pauseReading(false) }
    }

    private func pauseReading(_ isPaused: Bool) {
        guard isPaused != self.isPaused, !isClosed else { return }
        self.isPaused = isPaused
        engine.setReadingPaused(isPaused, now: Clocks.monotonic())
        context?.channel.setOption(.autoRead, value: !isPaused).assumeIsolated().whenFailure { _ in }
    }

    func close() { ended(nil) }

    /// Tells the peer what time it is here.
    func tellClock() {
        guard !isClosed else { return }
        engine.tell(
            wallMs: office.store.wallNow(), isSure: office.store.clock.isSure, now: Clocks.monotonic())
        pump()
    }

    // MARK: Effects

    private func perform(_ effects: [LinkEffect]) {
        for effect in effects {
            guard !isClosed else { return }
            perform(effect)
        }
        schedulePump()
    }

    /// After everything else of this turn: what it queued leaves in one record.
    private func schedulePump() {
        guard !isPumpScheduled, !isClosed, let context else { return }
        isPumpScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isPumpScheduled = false
            self.pump()
        }
    }

    private func perform(_ effect: LinkEffect) {
        let now = Clocks.monotonic()
        switch effect {
        case .send(let bytes): write(bytes)
        case .authenticate(let key):
            guard let peer = office.peer(linkKey: key), peer.entry.direct else {
                office.counts.unknownKeys += 1
                return perform(engine.reject(now: now))
            }
            // Of two sessions this box's would stay, and it is being made.
            guard !office.prefersOwnAttempt(peer) else { return close() }
            self.peer = peer
            ownEpoch = office.store.epoch
            perform(engine.accept(hello: office.hello(for: peer), now: now))
        case .needHello(let hello):
            guard let peer else { return }
            office.learn(hello, from: peer)
            ownEpoch = office.store.epoch
            perform(engine.introduce(hello: office.hello(for: peer), now: now))
        case .counted(let hello):
            office.halfOpenLinks.remove(self)
            peerEpoch = hello.epoch
            guard let peer else { return }
            office.counted(self, of: peer, hello)
        case .bundle(let bundle):
            if !bundle.header.isLive { began(bundle.number, bytes: bundle.bytes.count) }
            office.received(bundle, on: self)
        case .openBundle(let bundle):
            if !OpenBundle.isLive(bundle.bytes) { began(bundle.number, bytes: bundle.bytes.count) }
            office.received(bundle, on: self)
        case .taken(let tokens): for token in tokens { settle(token) }
        case .acknowledged(let acknowledgement):
            guard let peer else { return }
            office.acknowledged(by: peer, acknowledgement)
        case .refused(let token, let reason, let text):
            guard let meaning = sent.removeValue(forKey: token), let peer else { return }
            office.refused(meaning, by: peer, reason, text)
        case .clock(let wallMs, let isSure):
            guard let peer else { return }
            office.store.heardTime(
                of: peer.box, wallMs: wallMs, isSure: isSure, isUpstream: peer.entry.upstream)
        case .suspect:
            guard let peer else { return }
            peer.dial.sessionLost(now: now)
            office.leaveDialing(to: peer)
        case .recovered: peer?.dial.sessionCounts(now: now)
        case .close(let reason): ended(reason)
        }
    }

    private func settle(_ token: UInt64) {
        guard let meaning = sent.removeValue(forKey: token), let peer else { return }
        office.taken(meaning, by: peer)
    }

    private func pump() {
        guard !isPumping, !isClosed, let context else { return }
        isPumping = true
        defer { isPumping = false }
        while engine.hasOutput, context.channel.isWritable, !isClosed {
            for effect in engine.writable(now: Clocks.monotonic()) { perform(effect) }
        }
        context.flush()
        setTimer()
    }

    private func write(_ bytes: [UInt8]) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: bytes.count)
        buffer.writeBytes(bytes)
        office.counts.bytesSent += bytes.count
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    private func setTimer() {
        guard let context, !isClosed else { return }
        let due = engine.nextTick
        guard due < timerAt else { return }
        timer?.cancel()
        timerAt = due
        let now = Clocks.monotonic()
        let delay = due > now ? Int64(min(due - now, 3_600_000)) : 1
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(delay)) {
            self.timerAt = .max
            self.perform(self.engine.tick(now: Clocks.monotonic()))
        }
    }

    private func ended(_ reason: LinkCloseReason?) {
        guard !isClosed else { return }
        isClosed = true
        timer?.cancel()
        office.halfOpenLinks.remove(self)
        let context = context
        self.context = nil
        context?.flush()
        context?.close(mode: .all, promise: nil)
        office.ended(self, reason)
    }
}
