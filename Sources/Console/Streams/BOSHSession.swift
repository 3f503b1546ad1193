internal import NIOCore
internal import Relay
internal import XMPP

/// One stream over BOSH (XEP-0124 1.11, XEP-0206 1.4): what the client says comes in requests that are
/// taken in the order of their numbers; what it is told waits for a request to answer.
final class BOSHSession: ClientWire {
    let sid: String
    let address: String
    private let relay: Relay
    private unowned let service: BOSHService
    private var connection: ClientConnection?
    /// Seconds that a request may wait, and how many may at a time.
    private let wait: Int
    private let hold: Int
    /// The request that was taken in last.
    private var taken: Int64
    /// Requests that came before their turn, at most the window.
    private var early: [Int64: (exchange: WebExchange, body: BOSHBody)] = [:]
    /// Requests that wait for something to say, oldest first.
    private var held: [(rid: Int64, exchange: WebExchange, since: NIODeadline)] = []
    /// The last answers: the network may have lost them.
    private var answers: [(rid: Int64, response: WebResponse)] = []
    private var output: [[UInt8]] = []
    private(set) var waitingBytes = 0
    private var flushScheduled = false
    private var isIntroduced = false
    private var isEnding = false
    private var hasEnded = false
    /// When the last request was answered and none was left.
    private var idleSince = NIODeadline.now()

    /// Seconds without a request after which a client is gone.
    static let inactivity = 60
    static let longestWait = 60
    /// One answer, bytes; a longer stanza still goes in one.
    private static let answerBytes = 262_144

    private var window: Int64 { Int64(hold) + 1 }

    init(sid: String, body: BOSHBody, address: String, relay: Relay, service: BOSHService) {
        self.sid = sid
        self.address = address
        self.relay = relay
        self.service = service
        wait = body.number("wait", in: 0...Self.longestWait, default: Self.longestWait)
        // A request that never waits is a poll.
        hold = wait == 0 ? 0 : body.number("hold", in: 0...1, default: 1)
        taken = body.rid - 1
        connection = ClientConnection(relay: relay, wire: self, address: address, isSecure: true)
    }

    // MARK: Requests

    func receive(_ body: BOSHBody, _ exchange: WebExchange) {
        connection?.heard()
        if body.rid <= taken { return again(body.rid, exchange) }
        guard body.rid <= taken + window, early[body.rid] == nil else {
            exchange.respond(BOSHBody.end("item-not-found"))
            return broken()
        }
        early[body.rid] = (exchange, body)
        takeEarly()
    }

    private func takeEarly() {
        while connection?.isHeldBack != true, let next = early.removeValue(forKey: taken + 1) {
            taken += 1
            keep(next.exchange, as: taken)
            take(next.body)
        }
        scheduleFlush()
    }

    private func take(_ body: BOSHBody) {
        guard let connection, !hasEnded else { return }
        if !isIntroduced || body.isRestart {
            connection.opened(
                Element("stream", NS.streams, ["to": body.element["to"], "version": "1.0"]))
        }
        // Before authentication nobody needs long stanzas.
        if body.size > connection.stanzaBytes + BOSHBody.wrapperBytes { return connection.failed(.tooLarge) }
        for child in body.element.children {
            guard !connection.isClosed else { return }
            connection.received(child)
        }
        if body.isEnd {
            hasEnded = true
            connection.ended()
        }
    }

    /// The same request once more: its answer was lost, or its connection.
    private func again(_ rid: Int64, _ exchange: WebExchange) {
        if let answer = answers.first(where: { $0.rid == rid }) { return exchange.respond(answer.response) }
        guard rid > taken - window else { return exchange.respond(BOSHBody.end("item-not-found")) }
        if let index = held.firstIndex(where: { $0.rid == rid }) {
            held.remove(at: index).exchange.respond(BOSHBody.answer())
        }
        keep(exchange, as: rid)
        scheduleFlush()
    }

    private func keep(_ exchange: WebExchange, as rid: Int64) {
        held.append((rid, exchange, .now()))
        held.sort { $0.rid < $1.rid }
        exchange.abandoned = { [weak self, weak exchange] in
            guard let self else { return }
            held.removeAll { $0.exchange === exchange }
            if held.isEmpty { idleSince = .now() }
        }
    }

    // MARK: Answers

    func sendOpening(from domain: String, id: String) {}

    func send(_ element: [UInt8]) {
        let bytes = FramedElement.standalone(element)
        output.append(bytes)
        waitingBytes += bytes.count
        scheduleFlush()
        guard let connection, waitingBytes > connection.unreadBytes else { return }
        connection.overflowed()
    }

    private func scheduleFlush() {
        guard !flushScheduled else { return }
        flushScheduled = true
        relay.loop.assumeIsolated().execute {
            self.flushScheduled = false
            self.flush()
        }
    }

    private func flush() {
        while let oldest = held.first, isDue(oldest.since) {
            held.removeFirst()
            answer(oldest)
        }
        if connection?.isBehind == true, output.isEmpty { connection?.drained() }
    }

    private func isDue(_ since: NIODeadline) -> Bool {
        if isEnding || !output.isEmpty || held.count > hold { return true }
        return NIODeadline.now() - since >= .seconds(Int64(wait))
    }

    private func answer(_ request: (rid: Int64, exchange: WebExchange, since: NIODeadline)) {
        var content: [UInt8] = []
        var count = 0
        for bytes in output {
            if count > 0, content.count + bytes.count > Self.answerBytes { break }
            content += bytes
            count += 1
        }
        output.removeFirst(count)
        waitingBytes -= content.count
        let ends = isEnding && output.isEmpty
        let response =
            ends
            ? BOSHBody.end(content.isEmpty || hasEnded ? nil : "remote-stream-error", content: content)
            : BOSHBody.answer(isIntroduced ? [] : introduction, content: content)
        isIntroduced = true
        answers.append((request.rid, response))
        if answers.count > Int(window) + 1 { answers.removeFirst() }
        request.exchange.abandoned = {}
        request.exchange.respond(response)
        if held.isEmpty { idleSince = .now() }
        if ends { gone() }
    }

    private var introduction: [(String, String)] {
        [
            ("sid", sid), ("wait", String(wait)), ("hold", String(hold)), ("requests", String(window)),
            ("inactivity", String(Self.inactivity)), ("polling", "2"), ("ver", "1.11"),
            ("from", relay.domain), ("xmlns:xmpp", "urn:xmpp:xbosh"), ("xmpp:version", "1.0"),
            ("xmpp:restartlogic", "true"),
        ]
    }

    // MARK: The end

    func sendClosing() {
        isEnding = true
        scheduleFlush()
    }

    func readingChanged() { if connection?.isHeldBack == false { takeEarly() } }
    func startTLS() -> Bool { false }
    func restart() {}

    func close() {
        connection = nil
        // The last words wait for the next request.
        isEnding = true
        scheduleFlush()
    }

    /// A client that does not keep to the protocol; its session may be resumed.
    private func broken() {
        connection?.close()
        gone()
    }

    private func gone() {
        let last = connection
        connection = nil
        last?.lost()
        for request in held { request.exchange.respond(BOSHBody.end()) }
        for request in early.values { request.exchange.respond(BOSHBody.end()) }
        held = []
        early = [:]
        service.remove(self)
    }

    /// Called every second.
    func look(now: NIODeadline) {
        flush()
        if held.isEmpty, now - idleSince > .seconds(Int64(Self.inactivity)) { gone() }
    }
}
