internal import NIOCore
internal import Storage
internal import XMPP

/// One connection of a component: opens the stream, checks the secret, then carries stanzas.
final class ComponentSocket: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case waiting
        case asked(Component, streamID: String)
        case attached(Component)
        case closed
    }

    private let relay: Relay
    private let parser = StreamParser()
    private var state = State.waiting
    private var context: ChannelHandlerContext?
    private var output = ByteBuffer()
    private var flushScheduled = false
    /// What has been read and is not on the disk yet, bytes.
    private var unsynced = 0

    /// More than this is not read before the disk has taken it, bytes.
    static let unsyncedBytes = 1 << 20
    /// The largest element before the secret was shown, bytes.
    static let handshakeBytes = 4_096

    init(relay: Relay) {
        self.relay = relay
        parser.limits.stanzaBytes = Self.handshakeBytes
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let address = ClientAddress.key(context.remoteAddress?.ipAddress)
        relay.components.halfOpen.add(self, address: address, now: Clock.now())?.close()
    }

    func handlerRemoved(context: ChannelHandlerContext) { gone() }
    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func gone() {
        context = nil
        relay.components.halfOpen.remove(self)
        let last = state
        state = .closed
        if case .attached(let component) = last { component.detached(self) }
    }

    private var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        let newest = relay.store.newestID
        for event in buffer.withUnsafeReadableBytes({ parser.feed($0) }) {
            guard !isClosed else { return }
            switch event {
            case .opened(let root): opened(root)
            case .stanza(let element): received(element.inClientNamespace)
            case .closed:
                send(StreamTag.close)
                close()
            case .failed(let error): fail(StreamError(error.condition))
            }
        }
        if relay.store.newestID != newest { waitForDisk(buffer.readableBytes) }
    }

    /// A component that sends faster than the disk takes is not read from meanwhile.
    private func waitForDisk(_ bytes: Int) {
        unsynced += bytes
        readingChanged()
        relay.store.journal.commit({ _ in }) { _ in
            self.unsynced -= bytes
            self.readingChanged()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        readingChanged()
        context.fireChannelWritabilityChanged()
    }

    private func readingChanged() {
        guard let channel = context?.channel else { return }
        let reads = channel.isWritable && unsynced < Self.unsyncedBytes
        channel.setOption(.autoRead, value: reads).assumeIsolated().whenFailure { _ in }
    }

    private func opened(_ root: Element) {
        guard case .waiting = state else { return fail(StreamError(.invalidXML)) }
        let streamID = Token.random(bytes: 18)
        let domain = root["to"].flatMap { try? JID($0) }?.domain ?? ""
        send(StreamTag.openComponent(from: domain.isEmpty ? relay.domain : domain, id: streamID))
        guard root.matches("stream", NS.streams) else { return fail(StreamError(.invalidNamespace)) }
        guard let component = relay.components.all[domain] else {
            return fail(StreamError(.hostUnknown, text: "No component of this name is configured."))
        }
        state = .asked(component, streamID: streamID)
    }

    private func received(_ element: Element) {
        switch state {
        case .asked(let component, let streamID): check(element, component, streamID)
        case .attached(let component): component.received(element)
        case .waiting, .closed: break
        }
    }

    private func check(_ element: Element, _ component: Component, _ streamID: String) {
        guard element.matches("handshake", NS.client),
            ComponentHandshake.isProof(element.text, streamID: streamID, secret: component.secret)
        else { return fail(StreamError(.notAuthorized, text: "The secret is another one.")) }
        relay.components.halfOpen.remove(self)
        parser.limits.stanzaBytes = relay.settings.stanzaBytes
        state = .attached(component)
        send(Array("<handshake/>".utf8))
        component.attach(self)
    }

    // MARK: Out

    func send(_ stanza: Element) {
        guard !isClosed else { return }
        send(stanza.serialized())
    }

    private func send(_ bytes: [UInt8]) {
        output.writeBytes(bytes)
        guard !flushScheduled, let context else { return }
        flushScheduled = true
        context.eventLoop.assumeIsolated().execute { self.flush() }
    }

    private func flush() {
        flushScheduled = false
        guard let context, output.readableBytes > 0 else { return }
        let bytes = output
        output = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        // What a component may leave unread.
        if waiting > relay.settings.unacknowledgedBytes + relay.settings.writtenBytes { close() }
    }

    /// Sends a stream error and closes (RFC 6120 §4.9).
    func fail(_ error: StreamError) {
        guard !isClosed else { return }
        send(error.element().serialized())
        send(StreamTag.close)
        close()
    }

    func close() {
        flush()
        let last = context
        gone()
        last?.close(mode: .all, promise: nil)
    }
}
