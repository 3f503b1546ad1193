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
    private var gauge: TransportGauge?
    private var isLookingAgain = false
    /// When the connection was made, monotonic milliseconds.
    private(set) var connectedAt: UInt64?
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
    /// Bytes that may wait here before what nobody stores is dropped: what the line takes in some seconds.
    private static let liveLimit = (8 << 10)...(256 << 10)
    private static let liveSeconds = 5

    enum SentBundle {
        case mail(destination: BoxID, way: OutboxWay, names: [ParcelName])
        case transit(row: Int64, destination: BoxID)
        case register(destination: BoxID, key: String, version: UInt64)
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
        connectedAt = Clocks.monotonic()
        gauge = context.flatMap { TransportGauge($0) }
        if let rate = peer?.measuredRate { engine.expectRate(rate) }
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

    /// Queues a bundle that the peer has to take; false when the connection has ended.
    @discardableResult
    func send(
        _ bytes: [UInt8], class parcelClass: ParcelClass, held: UInt64, as meaning: SentBundle,
        isOpen: Bool = false
    ) -> Bool {
        guard !isClosed else { return false }
        nextToken += 1
        sent[nextToken] = meaning
        let bundle = OutgoingBundle(
            token: nextToken, parcelClass: parcelClass, heldSeconds: held, isOpen: isOpen, bytes: bytes)
        perform(engine.send(bundle, now: Clocks.monotonic()))
        return true
    }

    /// A bundle that nobody stores.
    struct LiveBundle {
        let bytes: [UInt8]
        let parcelClass: ParcelClass
        var isOpen = false
        /// Seconds that others have held it.
        var held: UInt64 = 0
        /// One that still waits with the same topic is replaced.
        var topic: String?
        /// So long it may wait; nil: as long as the session lasts.
        let seconds: UInt64?
    }

    /// Queues a live bundle of this box's; false when it was dropped, as too much waits.
    func sendLive(_ live: LiveBundle) -> Bool {
        guard !isClosed, engine.liveBytesWaiting < liveRoom else { return false }
        queue(live)
        return true
    }

    /// Queues a live bundle of another box's. What has waited longest makes room: the newest counts.
    func pass(_ live: LiveBundle) {
        guard !isClosed else { return }
        while engine.liveBytesWaiting >= liveRoom, engine.dropOldestLive(in: live.parcelClass) {}
        if engine.liveBytesWaiting < liveRoom { queue(live) }
    }

    private var liveRoom: Int {
        guard let rate = engine.likelyRate else { return Self.liveLimit.upperBound }
        return min(max(rate * Self.liveSeconds, Self.liveLimit.lowerBound), Self.liveLimit.upperBound)
    }

    private func queue(_ live: LiveBundle) {
        let now = Clocks.monotonic()
        var bundle = OutgoingBundle(
            token: 0, parcelClass: live.parcelClass, heldSeconds: live.held, isTaken: false,
            isOpen: live.isOpen, bytes: live.bytes)
        bundle.topic = live.topic
        bundle.expiresAtMs = live.seconds.map { now + $0 * 1_000 } ?? .max
        perform(engine.send(bundle, now: now))
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
            if let rate = peer.measuredRate { engine.expectRate(rate) }
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
            measure()
            guard engine.mayWrite else {
                lookAgain()
                break
            }
            for effect in engine.writable(now: Clocks.monotonic()) { perform(effect) }
            context.flush()
        }
        context.flush()
        setTimer()
    }

    /// Tells the engine what the kernel says, if the last word is too old.
    private func measure() {
        let now = Clocks.monotonic()
        guard engine.needsSample(now: now), let sample = gauge?.sample() else { return }
        for effect in engine.observe(sample, now: now) { perform(effect) }
    }

    /// The kernel does not say when a packet was acknowledged: on a thin line this looks for it.
    private func lookAgain() {
        guard !isLookingAgain, let context else { return }
        isLookingAgain = true
        let delay = TimeAmount.milliseconds(Int64(engine.lookAgainMs))
        context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            self.isLookingAgain = false
            self.pump()
        }
    }

    private func write(_ bytes: [UInt8]) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: bytes.count)
        buffer.writeBytes(bytes)
        office.counts.bytesSent += bytes.count
        gauge?.written += UInt64(bytes.count)
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
            self.measure()
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
