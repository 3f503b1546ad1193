internal import NIOCore
internal import NIOSSL
internal import XMPP

/// The event loop's end of one client's socket: bytes to stanzas and back.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let relay: Relay
    /// Set until a resource is bound or a session resumed.
    private var negotiation: Negotiation?
    private(set) var session: ClientSession?
    let parser: StreamParser
    private(set) var isSecure: Bool
    private(set) var address = ""
    private var context: ChannelHandlerContext?
    private var output = ByteBuffer()
    private var flushScheduled = false
    private(set) var isClosed = false
    /// Monotonic milliseconds of the last bytes from the client.
    private(set) var lastHeard = Clock.now()

    init(relay: Relay, isSecure: Bool) {
        self.relay = relay
        self.isSecure = isSecure
        parser = StreamParser(limits: .init(stanzaBytes: relay.settings.stanzaBytes))
        // Before authentication nobody needs long stanzas.
        parser.limits.stanzaBytes = min(65_536, relay.settings.stanzaBytes)
        negotiation = Negotiation(connection: self)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        address = context.remoteAddress?.ipAddress ?? ""
        relay.halfOpen.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { channelGone() }
    func channelInactive(context: ChannelHandlerContext) {
        channelGone()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A failed TLS handshake or a reset: there is nobody to tell.
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        lastHeard = Clock.now()
        let buffer = unwrapInboundIn(data)
        let events = buffer.withUnsafeReadableBytes { parser.feed($0) }
        for event in events {
            guard !isClosed else { return }
            let secureBefore = isSecure
            handle(event)
            // Nothing that came in the clear may be taken for something said under TLS (RFC 6120 §5.4.3.3).
            if isSecure != secureBefore { return }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // A client that does not read is not read from either.
        context.channel.setOption(.autoRead, value: context.channel.isWritable).assumeIsolated()
            .whenFailure { _ in }
        context.fireChannelWritabilityChanged()
    }

    private func handle(_ event: StreamParser.Event) {
        switch event {
        case .opened(let root): open(root)
        case .stanza(let stanza):
            if let session { session.receive(stanza) } else { negotiation?.receive(stanza) }
        case .closed: closeStream()
        case .failed(let error): fail(StreamError(error.condition))
        }
    }

    private func open(_ root: Element) {
        if session != nil { return fail(StreamError(.invalidXML)) }
        negotiation?.open(root)
    }

    // MARK: Out

    func write(_ bytes: [UInt8]) {
        guard !isClosed else { return }
        output.writeBytes(bytes)
        guard !flushScheduled, let context else { return }
        flushScheduled = true
        // At the end of the tick: what a batch delivers to one client leaves in one record.
        context.eventLoop.assumeIsolated().execute { self.flush() }
    }

    func write(_ element: Element) { write(element.serialized()) }

    private func flush() {
        flushScheduled = false
        guard let context, output.readableBytes > 0, !isClosed else { return }
        let bytes = output
        output = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if waiting > relay.settings.unacknowledgedBytes {
            // It never reads: what it has not acknowledged waits in its mailbox.
            session?.isResumable = false
            close()
        }
    }

    /// Sends a stream error and closes (RFC 6120 §4.9).
    func fail(_ error: StreamError) {
        guard !isClosed else { return }
        negotiation?.openIfNeeded()
        session?.isResumable = false
        write(error.element())
        write(StreamTag.close)
        flush()
        close()
    }

    private func closeStream() {
        session?.isResumable = false
        write(StreamTag.close)
        flush()
        close()
    }

    func close() {
        guard !isClosed, let context else { return }
        isClosed = true
        context.close(mode: .all, promise: nil)
        channelGone()
    }

    private func channelGone() {
        isClosed = true
        context = nil
        relay.halfOpen.remove(self)
        negotiation = nil
        if let session {
            self.session = nil
            session.detached(from: self)
        }
    }

    // MARK: Steps of the negotiation

    func startTLS() {
        guard let context, let tls = relay.tls else { return }
        flush()
        do {
            let handler = NIOSSLServerHandler(context: tls.context)
            try context.pipeline.syncOperations.addHandler(handler, position: .first)
            isSecure = true
            parser.reset()
        } catch {
            close()
        }
    }

    func authenticated() {
        relay.halfOpen.remove(self)
        parser.limits.stanzaBytes = relay.settings.stanzaBytes
        parser.reset()
    }

    func attach(_ session: ClientSession) {
        self.session = session
        negotiation = nil
    }

    /// Gives the session up to another connection, without a word to it.
    func releaseSession() { session = nil }
}
