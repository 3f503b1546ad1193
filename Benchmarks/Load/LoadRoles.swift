internal import NIOCore

/// Writes numbered messages to one reader and keeps at most a window of them unacknowledged.
final class LoadSender: LoadRole {
    private unowned let run: LoadRun
    private let head: String
    private let recipient: String
    private(set) var client: LoadClient?
    private(set) var sent: UInt64 = 0
    private(set) var acknowledgedCount: UInt64 = 0
    /// When each unacknowledged message was sent, by its number modulo the window; nanoseconds.
    private var sentAt: [UInt64]
    private let interval: UInt64?
    /// When the next message is due, if there is a rate; nanoseconds.
    private var due: UInt64 = 0
    private var isRunning = false

    init(to recipient: String, run: LoadRun) {
        self.recipient = recipient
        self.run = run
        head = "<message to='\(recipient)@\(run.options.domain)' type='chat' id='"
        sentAt = Array(repeating: 0, count: run.options.window)
        interval = run.options.rate.map { UInt64(1e9 * Double(run.options.pairs) / $0) }
    }

    func ready(_ client: LoadClient) {
        self.client = client
        run.oneMoreReady()
    }

    func message(_ stanza: StanzaScanner.Stanza) {
        // Nobody writes to a sender: what comes here is an error.
        run.refusals += 1
    }

    func start(offset: Double) {
        isRunning = true
        guard let interval else { return fill() }
        due = LoadClock.now() + UInt64(Double(interval) * offset)
        wait()
    }

    func stop() { isRunning = false }

    func acknowledged(_ count: UInt64) {
        // The presence was the first stanza that counted.
        guard count > 0 else { return }
        let now = LoadClock.now()
        while acknowledgedCount < min(count - 1, sent) {
            run.acknowledged(after: now - sentAt[Int(acknowledgedCount % UInt64(run.options.window))])
            acknowledgedCount += 1
        }
    }

    func readEnded(_ client: LoadClient) {
        if interval == nil { fill() }
    }

    private func fill() {
        guard isRunning, let client else { return }
        let before = sent
        let now = LoadClock.now()
        while sent - acknowledgedCount < UInt64(run.options.window) { write(to: client, at: now) }
        if sent != before { ask(client) }
    }

    /// At a rate, latency counts from when a message was due: a stall shows in everything that waited.
    private func wait() {
        guard isRunning, let interval, let client else { return }
        let now = LoadClock.now()
        var wrote = false
        while due <= now, sent - acknowledgedCount < UInt64(run.options.window) {
            write(to: client, at: due)
            due += interval
            wrote = true
        }
        if wrote { ask(client) }
        let pause = due > now ? due - now : 1_000_000
        run.schedule(afterNanoseconds: pause) { self.wait() }
    }

    private func ask(_ client: LoadClient) {
        if run.options.asks { client.output.writeString("<r xmlns='urn:xmpp:sm:3'/>") }
        client.flush()
    }

    private func write(to client: LoadClient, at time: UInt64) {
        sentAt[Int(sent % UInt64(run.options.window))] = time
        client.output.writeString(head)
        client.output.writeString("\(sent)-\(time)")
        client.output.writeString("'><body>")
        client.output.writeBytes(run.text(number: sent))
        client.output.writeString("</body></message>")
        sent += 1
    }
}

/// Reads what one sender writes, and checks that nothing is missing, doubled or out of order.
final class LoadReader: LoadRole {
    private unowned let run: LoadRun
    private(set) var client: LoadClient?
    private(set) var delivered: UInt64 = 0
    private var expected: UInt64 = 0

    init(run: LoadRun) { self.run = run }

    func ready(_ client: LoadClient) {
        self.client = client
        run.oneMoreReady()
    }

    func message(_ stanza: StanzaScanner.Stanza) {
        guard let id = stanza.attribute("id"), stanza.attribute("type")?.elementsEqual("chat".utf8) == true
        else {
            run.refusals += 1
            return
        }
        let number = id.leadingNumber()
        guard number.length > 0, number.length + 1 < id.count else { return }
        let time = UnsafeRawBufferPointer(rebasing: id[(number.length + 1)...]).leadingNumber().value
        if number.value != expected { run.disorder += 1 }
        expected = number.value + 1
        delivered += 1
        run.delivered(after: LoadClock.now() &- time)
    }

    func acknowledged(_ count: UInt64) {}
    func readEnded(_ client: LoadClient) {}
}

/// Is there, and nothing else.
final class LoadIdler: LoadRole {
    private unowned let run: LoadRun
    private(set) var client: LoadClient?

    init(run: LoadRun) { self.run = run }

    func ready(_ client: LoadClient) {
        self.client = client
        run.oneMoreReady()
    }

    func message(_ stanza: StanzaScanner.Stanza) {}
    func acknowledged(_ count: UInt64) {}
    func readEnded(_ client: LoadClient) {}
}

/// Monotonic time in nanoseconds.
enum LoadClock {
    static func now() -> UInt64 { NIODeadline.now().uptimeNanoseconds }
}
