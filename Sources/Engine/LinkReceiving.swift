import Bundles

extension LinkEngine {
    /// Message 1 without anything a later version may add to its payload.
    static let firstMessageBytes = 32 + 48 + 17
    static let maxFirstMessageBytes = firstMessageBytes + 64
    static let maxReplyBytes = 48 + LinkFormat.maxRecordBytes
    static let maxSealedRecordBytes = LinkFormat.maxRecordBytes + CipherState.tagSize
    /// What may arrive while the owner has not answered yet.
    static let maxEarlyBytes = 65_536

    /// Takes in what the socket gave.
    package mutating func receive(_ bytes: some Collection<UInt8>, now: UInt64) -> [LinkEffect] {
        if case .closed = phase { return [] }
        input.append(contentsOf: bytes)
        var effects: [LinkEffect] = []
        do throws(LinkCloseReason) {
            try readMessages(&effects, now: now)
            if !bytes.isEmpty { noteArrival(&effects, now: now) }
        } catch {
            effects += close(error)
        }
        return effects
    }

    private mutating func readMessages(_ effects: inout [LinkEffect], now: UInt64) throws(LinkCloseReason) {
        var position = 0
        while let limits = expectedSize, input.count - position >= 2 {
            let size = Int(input[position]) << 8 | Int(input[position + 1])
            guard size <= limits.upperBound else { throw .messageTooLong }
            guard size >= limits.lowerBound else { throw .handshakeFailedOrTruncated(phase) }
            guard input.count - position - 2 >= size else { break }
            let message = Array(input[position + 2..<position + 2 + size])
            position += 2 + size
            recordStartedAt = nil
            try read(message, &effects, now: now)
        }
        input.removeFirst(position)
        if input.count > Self.maxEarlyBytes { throw .flood }
    }

    /// Sizes of the message that may come now; nil while nothing may be read.
    private var expectedSize: ClosedRange<Int>? {
        switch phase {
        case .awaitingFirstMessage: Self.firstMessageBytes...Self.maxFirstMessageBytes
        case .awaitingReply: 48...Self.maxReplyBytes
        case .awaitingFirstRecord, .open: (CipherState.tagSize + 1)...Self.maxSealedRecordBytes
        case .idle, .awaitingOwnHello, .awaitingDecision, .closed: nil
        }
    }

    private mutating func read(
        _ message: [UInt8], _ effects: inout [LinkEffect], now: UInt64
    ) throws(LinkCloseReason) {
        switch phase {
        case .awaitingFirstMessage: effects.append(try readFirstMessage(message))
        case .awaitingReply: effects.append(try readReply(message, now: now))
        case .awaitingFirstRecord, .open: try readRecord(message, &effects, now: now)
        case .idle, .awaitingOwnHello, .awaitingDecision, .closed: break
        }
    }

    // MARK: Handshake

    private mutating func readFirstMessage(_ message: [UInt8]) throws(LinkCloseReason) -> LinkEffect {
        let payload = try readHandshake(message)
        guard let version = payload.first, let key = handshake.remoteStatic else { throw .handshakeFailed }
        guard version == LinkFormat.protocolVersion else { throw .unsupportedVersion(version) }
        remoteLinkKey = key
        phase = .awaitingDecision
        return .authenticate(linkKey: key)
    }

    private mutating func readReply(_ message: [UInt8], now: UInt64) throws(LinkCloseReason) -> LinkEffect {
        let payload = try readHandshake(message)
        guard case .hello(let hello)? = try Self.frames(of: payload).first else { throw .helloMissing }
        do throws(NoiseError) {
            try takeKeys()
        } catch {
            throw .handshakeFailed
        }
        phase = .awaitingOwnHello(peer: hello)
        return .needHello(hello)
    }

    private mutating func readHandshake(_ message: [UInt8]) throws(LinkCloseReason) -> [UInt8] {
        do throws(NoiseError) {
            return try handshake.readMessage(message)
        } catch {
            throw .handshakeFailed
        }
    }

    // MARK: Records

    private mutating func readRecord(
        _ message: [UInt8], _ effects: inout [LinkEffect], now: UInt64
    ) throws(LinkCloseReason) {
        var frames = try Self.frames(of: try open(message))[...]
        if case .awaitingFirstRecord = phase {
            guard case .hello(let hello)? = frames.popFirst() else { throw .helloMissing }
            phase = .open
            lastSentAt = now
            effects.append(.counted(hello))
        }
        hear(&effects, now: now)
        for frame in frames { try read(frame, &effects, now: now) }
    }

    private mutating func open(_ message: [UInt8]) throws(LinkCloseReason) -> [UInt8] {
        do throws(NoiseError) {
            guard let plaintext = try receiving?.decrypt(message) else { throw NoiseError.outOfTurn }
            return plaintext
        } catch {
            throw error == .nonceExhausted ? .keysExhausted : .notAuthentic
        }
    }

    private static func frames(of plaintext: [UInt8]) throws(LinkCloseReason) -> [LinkFrame] {
        do throws(ByteError) {
            return try LinkFrame.decodeAll(plaintext)
        } catch {
            throw .malformed(error)
        }
    }

    private mutating func read(
        _ frame: LinkFrame, _ effects: inout [LinkEffect], now: UInt64
    ) throws(LinkCloseReason) {
        switch frame {
        case .hello:
            throw .helloRepeated
        case .fragment(let fragment):
            if let assembled = try assembler.add(fragment) { deliver(assembled, &effects) }
        case .taken(let numbers):
            var tokens: [UInt64] = []
            for number in numbers {
                if let token = try queue.settle(number) { tokens.append(token) }
            }
            if !tokens.isEmpty { effects.append(.taken(tokens)) }
        case .ack(let acknowledgement):
            effects.append(.acknowledged(acknowledgement))
        case .ping(let token):
            control.answerPing(token)
        case .clock(let wallMs, let isSure):
            effects.append(.clock(wallMs: wallMs, isSure: isSure))
        case .pong(let token):
            if let sentAt = control.pingAnswered(by: token), now >= sentAt { roundTripMs = now - sentAt }
        case .refused(let number, let reason, let text):
            guard let token = try queue.settle(number) else { return }
            effects.append(.refused(token: token, reason: reason, text: text))
        }
        if control.isOverflowing { throw .flood }
    }

    private mutating func deliver(_ assembled: FragmentAssembler.Assembled, _ effects: inout [LinkEffect]) {
        guard !assembled.isOpen else {
            let bundle = ReceivedOpenBundle(number: assembled.number, bytes: assembled.bytes)
            return effects.append(.openBundle(bundle))
        }
        guard let (header, headerLength, sealedSize) = try? BundleHeader.decode(assembled.bytes),
            header.parcelClass == assembled.parcelClass,
            assembled.bytes.count == headerLength + sealedSize
        else {
            // Perhaps a hub passes on what somebody else has spoilt: the session goes on.
            control.refuse(assembled.number, reason: .malformed, text: "the bundle's header cannot be read")
            return
        }
        effects.append(
            .bundle(
                ReceivedBundle(
                    number: assembled.number, header: header, heldSeconds: assembled.heldSeconds,
                    bytes: assembled.bytes)))
    }
}

extension LinkCloseReason {
    /// What a message that is too short means: in the handshake a stranger, later a broken record.
    fileprivate static func handshakeFailedOrTruncated(_ phase: LinkEngine.Phase) -> LinkCloseReason {
        switch phase {
        case .awaitingFirstRecord, .open: .malformed(.truncated)
        default: .handshakeFailed
        }
    }
}
