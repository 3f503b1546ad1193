internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// One HTTP connection: its requests one after the other, each within its time.
final class WebConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    let address: String
    private let server: WebServer
    private var context: ChannelHandlerContext?
    private var exchange: WebExchange?
    /// When it is over unless something happens before; far away while the box itself is due.
    private(set) var deadline = NIODeadline.now() + .seconds(WebLimits.headSeconds)
    private var requestEnded = false
    private var answerEnded = false
    private var closesAfterwards = false
    private var unwanted = 0

    init(server: WebServer, address: String) {
        self.server = server
        self.address = address
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        server.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { gone() }
    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An upgrade that was not to be: the request goes on as an ordinary one.
        if error is NIOWebSocketUpgradeError || error is HTTPServerUpgradeErrors { return }
        context.close(promise: nil)
    }

    private func gone() {
        context = nil
        server.remove(self)
        let last = exchange
        exchange = nil
        last?.connectionLost()
    }

    func timedOut() { abort() }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let bytes): take(bytes)
        case .end: requestComplete()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        requestEnded = false
        answerEnded = false
        unwanted = 0
        closesAfterwards = !head.isKeepAlive
        wait(WebLimits.stalledSeconds)
        let exchange = WebExchange(head, connection: self)
        self.exchange = exchange
        server.routes.dispatch(exchange)
    }

    private func take(_ bytes: ByteBuffer) {
        guard let exchange else { return }
        if let body = exchange.body, !exchange.isAnswered {
            wait(WebLimits.stalledSeconds)
            return body.received(bytes)
        }
        unwanted += bytes.readableBytes
        if unwanted > WebLimits.thrownAway { abort() }
    }

    private func requestComplete() {
        requestEnded = true
        // From here on the box is due; what it waits for has limits of its own.
        if !answerEnded { deadline = .distantFuture }
        if let exchange, !exchange.isAnswered { exchange.body?.ended() }
        next()
    }

    func setReading(_ on: Bool) {
        // While the disk is due, the client is not.
        if !requestEnded {
            if on { wait(WebLimits.stalledSeconds) } else { deadline = .distantFuture }
        }
        context?.channel.setOption(.autoRead, value: on).assumeIsolated().whenFailure { _ in }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if exchange?.body == nil {
            context.channel.setOption(.autoRead, value: context.channel.isWritable).assumeIsolated()
                .whenFailure { _ in }
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Out

    func sendContinue() {
        guard let context else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    func begin(_ head: HTTPResponseHead, of exchange: WebExchange) {
        guard let context, exchange === self.exchange else { return }
        var head = head
        // The rest of a body that nobody wants is not waited for.
        if !requestEnded, exchange.contentLength ?? 1 > WebLimits.unwantedBody || exchange.body != nil {
            closesAfterwards = true
        }
        if closesAfterwards { head.headers.replaceOrAdd(name: "connection", value: "close") }
        wait(WebLimits.stalledSeconds)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    func send(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        wait(WebLimits.stalledSeconds)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
    }

    func finish(_ exchange: WebExchange) {
        guard let context, exchange === self.exchange else { return }
        answerEnded = true
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        next()
    }

    private func next() {
        guard answerEnded else { return }
        guard requestEnded else {
            // What still comes is thrown away for a moment, so that the answer gets through.
            setReading(true)
            return wait(closesAfterwards ? WebLimits.closingSeconds : WebLimits.stalledSeconds)
        }
        exchange = nil
        if closesAfterwards {
            context?.close(promise: nil)
            return
        }
        wait(WebLimits.idleSeconds)
    }

    /// Hangs up. What still comes is not read: TLS waits some seconds for the other side's goodbye.
    func abort() {
        guard let context else { return }
        deadline = .distantFuture
        context.channel.setOption(.autoRead, value: false).assumeIsolated().whenFailure { _ in }
        context.close(promise: nil)
    }

    private func wait(_ seconds: Int64) { deadline = .now() + .seconds(seconds) }

    // MARK: WebSocket

    /// The upgrade was answered; from here on the socket is a stream's.
    func becomeWebSocket(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(WebSocketStream(relay: server.relay, address: address))
        pipeline.removeHandler(self, promise: nil)
    }
}
