internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// One run: connect everybody, warm up, measure, let everything arrive. Lives on one event loop.
final class LoadRun {
    let options: LoadOptions
    let tls: NIOSSLContext
    private let eventLoop: any EventLoop
    private let result: EventLoopPromise<String>
    var keys = SaltedPasswords()

    private var senders: [LoadSender] = []
    private var readers: [LoadReader] = []
    private var idlers: [LoadIdler] = []
    private var waiting: [(String, String, any LoadRole)] = []
    private var started = LoadClock.now()
    private var connectedAfter: UInt64 = 0
    private var readyCount = 0
    private var total = 0
    private var isOver = false

    // MARK: What is counted

    private var isMeasuring = false
    private var deliveryTimes = LatencyTable()
    private var acknowledgementTimes = LatencyTable()
    /// Messages that came back as errors, and messages that were not the next of their sender.
    var refusals = 0
    var disorder = 0
    private var measuredNanoseconds: UInt64 = 0
    private let words: [UInt8]

    /// Logins under way at a time.
    private static let concurrentLogins = 8
    /// Seconds for everybody to log in, and for the last messages to arrive.
    private static let connectSeconds = 120
    private static let drainSeconds = 10

    init(_ options: LoadOptions, eventLoop: any EventLoop, result: EventLoopPromise<String>) throws {
        self.options = options
        self.eventLoop = eventLoop
        self.result = result
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .none
        if options.direct { configuration.applicationProtocols = ["xmpp-client"] }
        tls = try NIOSSLContext(configuration: configuration)
        words = Self.text(bytes: 65_536 + options.body)
    }

    // MARK: Connecting

    func start() {
        if let idle = options.idle {
            for index in 0..<idle {
                let idler = LoadIdler(run: self)
                idlers.append(idler)
                waiting.append((options.users[index % options.users.count], "load\(index)", idler))
            }
        } else {
            for pair in 0..<options.pairs {
                let reader = LoadReader(run: self)
                readers.append(reader)
                waiting.append((options.users[2 * pair + 1], "reader", reader))
                let sender = LoadSender(to: options.users[2 * pair + 1], run: self)
                senders.append(sender)
                waiting.append((options.users[2 * pair], "sender", sender))
            }
        }
        total = waiting.count
        started = LoadClock.now()
        for _ in 0..<Self.concurrentLogins { connectNext() }
        schedule(afterNanoseconds: UInt64(Self.connectSeconds) * 1_000_000_000) {
            if self.readyCount < self.total { self.failed(.notConnectedInTime) }
        }
    }

    private func connectNext() {
        guard let (user, resource, role) = waiting.popLast() else { return }
        let client = LoadClient(user: user, resource: resource, role: role, run: self)
        let bound = NIOLoopBound((client, self), eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(20))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (client, run) = bound.value
                    if run.options.direct {
                        let handler = try NIOSSLClientHandler(
                            context: run.tls, serverHostname: run.options.domain)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(client)
                }
            }
            .connect(host: options.host, port: options.port)
            .assumeIsolated()
            .whenFailure { self.failed(.client(client.name, "\($0)")) }
    }

    func oneMoreReady() {
        readyCount += 1
        guard readyCount == total else { return connectNext() }
        connectedAfter = LoadClock.now() - started
        note("connected")
        // The last presence is on its way: a moment, so that no first message finds nobody.
        schedule(afterNanoseconds: 500_000_000) { self.options.idle == nil ? self.send() : self.hold() }
    }

    // MARK: Phases

    private func hold() {
        note("measuring")
        schedule(afterNanoseconds: seconds(options.seconds)) {
            note("measured")
            self.finish()
        }
    }

    private func send() {
        for (index, sender) in senders.enumerated() {
            sender.start(offset: Double(index) / Double(senders.count))
        }
        schedule(afterNanoseconds: seconds(options.warmup)) { self.measure() }
    }

    private func measure() {
        note("measuring")
        isMeasuring = true
        let begin = LoadClock.now()
        schedule(afterNanoseconds: seconds(options.seconds)) {
            self.isMeasuring = false
            self.measuredNanoseconds = LoadClock.now() - begin
            note("measured")
            for sender in self.senders { sender.stop() }
            self.drain(until: LoadClock.now() + self.seconds(Self.drainSeconds))
        }
    }

    private func drain(until limit: UInt64) {
        let missing = senders.contains { $0.acknowledgedCount < $0.sent } || sentCount > deliveredCount
        guard missing, LoadClock.now() < limit else { return finish() }
        for sender in senders where sender.acknowledgedCount < sender.sent {
            sender.client?.output.writeString("<r xmlns='urn:xmpp:sm:3'/>")
            sender.client?.flush()
        }
        schedule(afterNanoseconds: 100_000_000) { self.drain(until: limit) }
    }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        let document = report()
        for client in senders.map(\.client) + readers.map(\.client) + idlers.map(\.client) { client?.close() }
        schedule(afterNanoseconds: 300_000_000) { self.result.succeed(document) }
    }

    func failed(_ error: LoadError) {
        guard !isOver else { return }
        isOver = true
        result.fail(error)
    }

    // MARK: Counting

    private var sentCount: UInt64 { senders.reduce(0) { $0 + $1.sent } }
    private var deliveredCount: UInt64 { readers.reduce(0) { $0 + $1.delivered } }

    func delivered(after nanoseconds: UInt64) {
        if isMeasuring { deliveryTimes.add(nanoseconds) }
    }

    func acknowledged(after nanoseconds: UInt64) {
        if isMeasuring { acknowledgementTimes.add(nanoseconds) }
    }

    private func report() -> String {
        var fields: [(String, String)] = [
            ("clients", "\(total)"), ("connect_seconds", decimal(Double(connectedAfter) / 1e9)),
            ("logins_per_second", decimal(Double(total) * 1e9 / Double(max(1, connectedAfter)))),
        ]
        if options.idle == nil {
            let seconds = Double(max(1, measuredNanoseconds)) / 1e9
            fields += [
                ("seconds", decimal(seconds)), ("messages", "\(deliveryTimes.count)"),
                ("messages_per_second", decimal(Double(deliveryTimes.count) / seconds)),
                ("acknowledged", "\(acknowledgementTimes.count)"),
                ("acknowledged_per_second", decimal(Double(acknowledgementTimes.count) / seconds)),
                ("delivery_ms", deliveryTimes.json), ("acknowledgement_ms", acknowledgementTimes.json),
                ("sent_total", "\(sentCount)"), ("delivered_total", "\(deliveredCount)"),
                ("acknowledged_total", "\(senders.reduce(0) { $0 + $1.acknowledgedCount })"),
                ("errors", "\(refusals)"), ("out_of_order", "\(disorder)"),
            ]
        }
        return "{" + fields.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
    }

    // MARK: Small things

    /// The text of a message: other words each time, always the same ones in each run.
    func text(number: UInt64) -> ArraySlice<UInt8> {
        let start = Int(number &* 7_919 % 65_536)
        return words[start..<start + options.body]
    }

    private static func text(bytes: Int) -> [UInt8] {
        let vocabulary = [
            "the", "line", "office", "report", "please", "send", "today", "meeting", "water", "road", "will",
            "arrive", "district", "we", "have", "received", "tomorrow", "morning", "fuel", "and", "register",
        ]
        var text: [UInt8] = []
        var state: UInt64 = 42
        while text.count < bytes {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text.append(contentsOf: vocabulary[Int(state >> 33) % vocabulary.count].utf8)
            text.append(0x20)
        }
        return text
    }

    func schedule(afterNanoseconds delay: UInt64, _ body: @escaping () -> Void) {
        eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(delay))) { body() }
    }

    private func seconds(_ count: Int) -> UInt64 { UInt64(count) * 1_000_000_000 }
}
