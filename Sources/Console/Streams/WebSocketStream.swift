internal import NIOCore
internal import NIOWebSocket
internal import Relay
internal import XMPP

/// XMPP over WebSocket (RFC 7395): one element in each text message.
final class WebSocketStream: ChannelInboundHandler, ClientWire {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let relay: Relay
    private let address: String
    private var connection: ClientConnection?
    private var context: ChannelHandlerContext?
    /// The pieces of a message in several frames; nil between messages.
    private var unfinished: ByteBuffer?
    private var flushScheduled = false
    /// Written since the last flush, bytes.
    private var unflushed = 0
    /// The client sent its <close/>; what it sends afterwards is ignored.
    private var hasEnded = false
    private var saidGoodbye = false

    init(relay: Relay, address: String) {
        self.relay = relay
        self.address = address
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection = ClientConnection(relay: relay, wire: self, address: address, isSecure: true)
    }

    func handlerRemoved(context: ChannelHandlerContext) { gone() }
    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOWebSocketError {
            goodbye(error == .invalidFrameLength ? .messageTooLarge : .protocolError)
        }
        context.close(promise: nil)
    }

    private func gone() {
        context = nil
        let last = connection
        connection = nil
        last?.lost()
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let connection, !connection.isClosed, !hasEnded else { return }
        connection.heard()
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: take(frame, in: connection, first: true)
        case .continuation: take(frame, in: connection, first: false)
        case .ping:
            context.writeAndFlush(
                wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)),
                promise: nil)
        case .pong: break
        case .connectionClose:
            goodbye(.normalClosure)
            // Without <close/> the stream may be resumed (RFC 7395 §3.6).
            connection.close()
        default: refuse(.unacceptableData)
        }
    }

    private func take(_ frame: WebSocketFrame, in connection: ClientConnection, first: Bool) {
        guard first == (unfinished == nil) else { return refuse(.protocolError) }
        var message = unfinished ?? ByteBuffer()
        var piece = frame.unmaskedData
        guard message.readableBytes + piece.readableBytes <= connection.stanzaBytes else {
            return connection.failed(.tooLarge)
        }
        message.writeBuffer(&piece)
        unfinished = frame.fin ? nil : message
        guard frame.fin else { return }
        let bytes = Array(message.readableBytesView)
        // Blanks keep a connection alive.
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) { return }
        do {
            handle(
                try StreamParser.parse(bytes, limits: .init(stanzaBytes: connection.stanzaBytes)),
                in: connection)
        } catch {
            connection.failed(error)
        }
    }

    private func handle(_ element: Element, in connection: ClientConnection) {
        switch (element.namespace, element.name) {
        case (NS.framing, "open"):
            connection.opened(
                Element(name: "stream", namespace: NS.streams, attributes: element.attributes, nodes: []))
        case (NS.framing, "close"):
            hasEnded = true
            connection.ended()
        default: connection.received(element)
        }
    }

    /// A frame that RFC 7395 does not allow.
    private func refuse(_ code: WebSocketErrorCode) {
        goodbye(code)
        connection?.close()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        readingChanged()
        if context.channel.isWritable { connection?.drained() }
        context.fireChannelWritabilityChanged()
    }

    /// A client that does not read is not read from either, nor one that sends faster than the disk takes.
    func readingChanged() {
        guard let context, let connection else { return }
        let reads = context.channel.isWritable && !connection.isHeldBack
        context.channel.setOption(.autoRead, value: reads).assumeIsolated().whenFailure { _ in }
    }

    // MARK: Out

    func sendOpening(from domain: String, id: String) {
        send(FramedElement.opening(from: domain, id: id))
    }

    func send(_ element: [UInt8]) {
        guard let context, !saidGoodbye else { return }
        let bytes = FramedElement.standalone(element)
        context.write(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: bytes))),
            promise: nil)
        unflushed += bytes.count
        guard !flushScheduled else { return }
        flushScheduled = true
        context.eventLoop.assumeIsolated().execute { self.flush() }
    }

    private func flush() {
        flushScheduled = false
        guard let context else { return }
        unflushed = 0
        context.flush()
        guard let connection else { return }
        if waitingBytes > connection.unreadBytes { return connection.overflowed() }
        if connection.isBehind, context.channel.isWritable {
            context.eventLoop.assumeIsolated().execute { connection.drained() }
        }
    }

    var waitingBytes: Int {
        let below = (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        return unflushed + below
    }

    func sendClosing() {
        send(FramedElement.closing)
        goodbye(.normalClosure)
    }

    private func goodbye(_ code: WebSocketErrorCode) {
        guard let context, !saidGoodbye else { return }
        saidGoodbye = true
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)), promise: nil)
    }

    func startTLS() -> Bool { false }
    func restart() {}

    func close() {
        context?.close(mode: .all, promise: nil)
        context = nil
    }
}
