internal import NIOCore
internal import NIOSSL
internal import XMPP

/// A client's TCP socket: bytes to stanzas and back (RFC 6120 §4).
final class ClientSocket: ChannelInboundHandler, ClientWire {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let relay: Relay
    private let startsSecure: Bool
    private let parser: StreamParser
    private var connection: ClientConnection?
    private var context: ChannelHandlerContext?
    private var output = ByteBuffer()
    private var flushScheduled = false

    init(relay: Relay, isSecure: Bool) {
        self.relay = relay
        startsSecure = isSecure
        parser = StreamParser()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let address = ClientAddress.key(context.remoteAddress?.ipAddress)
        let connection = ClientConnection(relay: relay, wire: self, address: address, isSecure: startsSecure)
        parser.limits.stanzaBytes = connection.stanzaBytes
        self.connection = connection
    }

    func handlerRemoved(context: ChannelHandlerContext) { gone() }
    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A failed TLS handshake or a reset: there is nobody to tell.
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
        guard let connection, !connection.isClosed else { return }
        connection.heard()
        let buffer = unwrapInboundIn(data)
        let events = buffer.withUnsafeReadableBytes { parser.feed($0) }
        for event in events {
            guard !connection.isClosed else { return }
            let secureBefore = connection.isSecure
            switch event {
            case .opened(let root): connection.opened(root)
            case .stanza(let stanza): connection.received(stanza)
            case .closed: connection.ended()
            case .failed(let error): connection.failed(error)
            }
            // Nothing that came in the clear may be taken for something said under TLS (RFC 6120 §5.4.3.3).
            if connection.isSecure != secureBefore { return }
        }
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

    func sendOpening(from domain: String, id: String) { send(StreamTag.open(from: domain, id: id)) }

    func send(_ bytes: [UInt8]) {
        output.writeBytes(bytes)
        guard !flushScheduled, let context else { return }
        flushScheduled = true
        // At the end of the tick: what a batch delivers to one client leaves in one record.
        context.eventLoop.assumeIsolated().execute { self.flush() }
    }

    func sendClosing() {
        send(StreamTag.close)
        flush()
    }

    private func flush() {
        flushScheduled = false
        guard let context, output.readableBytes > 0 else { return }
        let bytes = output
        output = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        guard let connection else { return }
        if waitingBytes > connection.unreadBytes { return connection.overflowed() }
        if connection.isBehind, context.channel.isWritable {
            context.eventLoop.assumeIsolated().execute { connection.drained() }
        }
    }

    var waitingBytes: Int {
        let below = (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        return output.readableBytes + below
    }

    func close() {
        context?.close(mode: .all, promise: nil)
        context = nil
    }

    // MARK: Steps of the negotiation

    func startTLS() -> Bool {
        guard let context, let tls = relay.tls else { return false }
        flush()
        do {
            let handler = NIOSSLServerHandler(context: tls.context)
            try context.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            return false
        }
        parser.reset()
        return true
    }

    func restart() {
        if let connection { parser.limits.stanzaBytes = connection.stanzaBytes }
        parser.reset()
    }
}
