internal import NIOCore
internal import NIOHTTP1

/// Takes a request's body as it comes.
protocol BodyReceiver: AnyObject {
    func received(_ bytes: ByteBuffer)
    func ended()
    /// The connection broke before the end.
    func cancelled()
}

/// One request and the answer to it.
final class WebExchange {
    let head: HTTPRequestHead
    /// The path as it came, without the query.
    let path: String
    private weak var connection: WebConnection?
    private(set) var isAnswered = false
    /// Nil while nobody wants the body.
    private(set) var body: (any BodyReceiver)?
    /// Called when the connection went away before the answer was complete.
    var abandoned: () -> Void = {}

    init(_ head: HTTPRequestHead, connection: WebConnection) {
        self.head = head
        self.connection = connection
        path = String(head.uri.prefix { $0 != "?" && $0 != "#" })
    }

    var address: String { connection?.address ?? "" }
    var isHead: Bool { head.method == .HEAD }

    /// The announced length of the body; nil where there is none or it is no number.
    var contentLength: Int? { head.headers.first(name: "content-length").flatMap { Int($0) } }

    // MARK: The body

    /// Streams the body to `receiver`; tells a client that waits for it to go on.
    func receive(with receiver: any BodyReceiver) {
        body = receiver
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" { connection?.sendContinue() }
    }

    /// Collects a body of at most `limit` bytes; a larger one is answered here.
    func collect(limit: Int, then done: @escaping (ByteBuffer) -> Void) {
        if let length = contentLength, length > limit { return respond(.error(.payloadTooLarge)) }
        receive(with: CollectedBody(exchange: self, limit: limit, done: done))
    }

    /// Stops or goes on reading from the client.
    func setReading(_ on: Bool) { connection?.setReading(on) }

    // MARK: The answer

    func respond(_ response: WebResponse) {
        guard !isAnswered else { return }
        begin(response, length: response.body.count)
        if !isHead, !response.body.isEmpty {
            connection?.send(ByteBuffer(bytes: response.body), promise: nil)
        }
        finish()
    }

    /// Sends status and headers; `length` bytes follow with `send`, then `finish`.
    func begin(_ response: WebResponse, length: Int) {
        guard !isAnswered else { return }
        isAnswered = true
        connection?.begin(response.head(version: head.version, length: length), of: self)
    }

    /// Sends bytes of the body; fails when the client is gone.
    func send(_ bytes: ByteBuffer, loop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        guard let connection else {
            promise.fail(ChannelError.ioOnClosedChannel)
            return promise.futureResult
        }
        connection.send(bytes, promise: promise)
        return promise.futureResult
    }

    func finish() {
        connection?.finish(self)
        body = nil
    }

    /// Breaks the answer off: the client must not take it for complete.
    func abort() { connection?.abort() }

    func connectionLost() {
        body?.cancelled()
        body = nil
        abandoned()
    }
}

private final class CollectedBody: BodyReceiver {
    private unowned let exchange: WebExchange
    private let limit: Int
    private let done: (ByteBuffer) -> Void
    private var buffer = ByteBuffer()

    init(exchange: WebExchange, limit: Int, done: @escaping (ByteBuffer) -> Void) {
        self.exchange = exchange
        self.limit = limit
        self.done = done
    }

    func received(_ bytes: ByteBuffer) {
        guard !exchange.isAnswered else { return }
        guard buffer.readableBytes + bytes.readableBytes <= limit else {
            return exchange.respond(.error(.payloadTooLarge))
        }
        var bytes = bytes
        buffer.writeBuffer(&bytes)
    }

    func ended() { if !exchange.isAnswered { done(buffer) } }
    func cancelled() {}
}
