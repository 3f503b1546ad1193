internal import NIOCore
internal import NIOSSL
internal import XMPP

/// What a client does once it is logged in.
protocol LoadRole: AnyObject {
    /// Resource bound, stream management enabled, presence sent.
    func ready(_ client: LoadClient)
    func message(_ stanza: StanzaScanner.Stanza)
    func acknowledged(_ count: UInt64)
    /// All stanzas of one read have been handled: write now what there is to write.
    func readEnded(_ client: LoadClient)
}

/// One client: the login through a real parser, then the quick scanner.
final class LoadClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Step {
        case encrypting, authenticating, challenged, binding, enabling, established
    }

    let name: String
    private let user: String
    private let resource: String
    private unowned let run: LoadRun
    private unowned let role: any LoadRole
    private let scram: SCRAMClient
    private var step: Step
    private var isAuthenticated = false
    private let parser = StreamParser()
    private var scanner = StanzaScanner()
    private var context: ChannelHandlerContext?
    private var isClosing = false
    /// Stanzas received since stream management is on.
    private var received: UInt32 = 0
    private var owesAcknowledgement = false
    /// What leaves with the next flush.
    var output = ByteBuffer()

    init(user: String, resource: String, role: any LoadRole, run: LoadRun) {
        self.user = user
        self.resource = resource
        self.role = role
        self.run = run
        name = "\(user)@\(run.options.domain)/\(resource)"
        scram = SCRAMClient(user: user, password: run.options.password)
        step = run.options.direct ? .authenticating : .encrypting
    }

    // MARK: The channel

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        openStream()
        flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        if !isClosing { run.failed(.client(name, "the connection was closed")) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isClosing { run.failed(.client(name, "\(error)")) }
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard step == .established else { return negotiate(bytes) }
        if !scanner.read(bytes, { self.receive($0) }), !isClosing {
            run.failed(.client(name, "the stream was closed"))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if owesAcknowledgement {
            owesAcknowledgement = false
            output.writeString("<a xmlns='urn:xmpp:sm:3' h='\(received)'/>")
        }
        if step == .established { role.readEnded(self) }
        flush()
    }

    func flush() {
        guard output.readableBytes > 0, let context else { return }
        let bytes = output
        output = context.channel.allocator.buffer(capacity: 4_096)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func close() {
        isClosing = true
        output.writeString("</stream:stream>")
        flush()
        context?.close(promise: nil)
    }

    // MARK: Established

    private func receive(_ stanza: StanzaScanner.Stanza) {
        switch stanza.kind {
        case .message:
            received &+= 1
            role.message(stanza)
        case .acknowledgement: role.acknowledged(stanza.attribute("h")?.leadingNumber().value ?? 0)
        case .ask: owesAcknowledgement = true
        case .presence: received &+= 1
        case .iq:
            received &+= 1
            answer(stanza)
        case .streamError: run.failed(.client(name, "stream error"))
        case .other: break
        }
    }

    /// A ping of the server wants an answer.
    private func answer(_ stanza: StanzaScanner.Stanza) {
        guard let id = stanza.attribute("id"), stanza.attribute("type")?.elementsEqual("get".utf8) == true
        else { return }
        output.writeString("<iq type='result' id='")
        output.writeBytes(id)
        output.writeString("'/>")
    }

    // MARK: Logging in

    private func openStream() {
        output.writeBytes(StreamTag.open(from: nil, id: nil, to: run.options.domain))
    }

    private func negotiate(_ bytes: ByteBuffer) {
        for event in bytes.withUnsafeReadableBytes({ parser.feed($0) }) {
            switch event {
            case .opened: continue
            case .stanza(let element): receive(element)
            case .closed: return run.failed(.client(name, "the stream was closed while logging in"))
            case .failed(let error): return run.failed(.client(name, "\(error)"))
            }
        }
    }

    private func receive(_ element: Element) {
        switch (step, element.name) {
        case (.encrypting, "features"):
            output.writeString("<starttls xmlns='\(NS.tls)'/>")
        case (.encrypting, "proceed"):
            encrypt()
        case (.authenticating, "features"):
            output.writeString("<auth xmlns='\(NS.sasl)' mechanism='SCRAM-SHA-256'>\(scram.first)</auth>")
            step = .challenged
        case (.challenged, "challenge"):
            guard let answer = scram.answer(to: element.text, &run.keys) else { return refused(element) }
            output.writeString("<response xmlns='\(NS.sasl)'>\(answer)</response>")
        case (.challenged, "success"):
            step = .binding
            parser.reset()
            openStream()
        case (.binding, "features"):
            output.writeString(
                "<iq type='set' id='b'><bind xmlns='\(NS.bind)'><resource>\(resource)</resource></bind></iq>")
        case (.binding, "iq") where element["type"] == "result":
            step = .enabling
            output.writeString("<enable xmlns='\(NS.sm)' resume='true'/>")
        case (.enabling, "enabled"):
            step = .established
            output.writeString("<presence/>")
            role.ready(self)
        default: refused(element)
        }
    }

    private func refused(_ element: Element) {
        run.failed(.client(name, "logging in, it was told \(element)"))
    }

    private func encrypt() {
        guard let context else { return }
        do {
            let handler = try NIOSSLClientHandler(context: run.tls, serverHostname: run.options.domain)
            try context.pipeline.syncOperations.addHandler(handler, position: .first)
            step = .authenticating
            parser.reset()
            openStream()
            // The end of this read is the handler's now: it brought no text.
            flush()
        } catch {
            run.failed(.client(name, "\(error)"))
        }
    }
}
