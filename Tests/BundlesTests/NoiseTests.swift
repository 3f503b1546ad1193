import Bundles
import Testing

@Suite struct NoiseTests {
    @Test("handshake, hash and transport equal the published vectors byte for byte", arguments: noiseVectors)
    func publishedVectors(vector: NoiseVector) throws {
        let initiatorStatic = try X25519KeyPair(secret: hex(vector.initiatorStatic))
        let responderStatic = try X25519KeyPair(secret: hex(vector.responderStatic))
        let responderEphemeral =
            vector.responderEphemeral.isEmpty
            ? nil : try X25519KeyPair(secret: hex(vector.responderEphemeral))
        var initiator = NoiseHandshake(
            pattern: vector.pattern, role: .initiator, prologue: hex(vector.prologue),
            localStatic: initiatorStatic, remoteStatic: responderStatic.publicKey,
            ephemeral: try X25519KeyPair(secret: hex(vector.initiatorEphemeral)))
        var responder = NoiseHandshake(
            pattern: vector.pattern, role: .responder, prologue: hex(vector.prologue),
            localStatic: responderStatic,
            remoteStatic: vector.pattern == .k ? initiatorStatic.publicKey : nil,
            ephemeral: responderEphemeral)

        let first = try initiator.writeMessage(payload: hex(vector.messages[0].0))
        #expect(first == hex(vector.messages[0].1))
        #expect(try responder.readMessage(first) == hex(vector.messages[0].0))
        #expect(responder.remoteStatic == initiatorStatic.publicKey)
        var transportStart = 1
        if vector.pattern == .ik {
            let second = try responder.writeMessage(payload: hex(vector.messages[1].0))
            #expect(second == hex(vector.messages[1].1))
            #expect(try initiator.readMessage(second) == hex(vector.messages[1].0))
            transportStart = 2
        }
        #expect(initiator.isComplete && responder.isComplete)
        #expect(initiator.handshakeHash == responder.handshakeHash)
        if let hash = vector.handshakeHash { #expect(initiator.handshakeHash == hex(hash)) }

        var (send, receive) = try initiator.split()
        var (sendBack, receiveThere) = try responder.split()
        for (index, message) in vector.messages.enumerated().dropFirst(transportStart) {
            // One-way patterns send everything from the initiator, the others in turn.
            let fromInitiator = vector.pattern == .k || index % 2 == 0
            let plain = hex(message.0)
            let sealed = fromInitiator ? try send.encrypt(plain) : try sendBack.encrypt(plain)
            #expect(sealed == hex(message.1))
            #expect(try (fromInitiator ? receiveThere.decrypt(sealed) : receive.decrypt(sealed)) == plain)
        }
    }

    private func pair() -> (NoiseHandshake, NoiseHandshake, X25519KeyPair) {
        let dialer = X25519KeyPair.generate()
        let listener = X25519KeyPair.generate()
        let initiator = NoiseHandshake(
            pattern: .ik, role: .initiator, prologue: LinkFormat.prologue, localStatic: dialer,
            remoteStatic: listener.publicKey)
        let responder = NoiseHandshake(
            pattern: .ik, role: .responder, prologue: LinkFormat.prologue, localStatic: listener,
            remoteStatic: nil)
        return (initiator, responder, dialer)
    }

    @Test("a first message altered in any byte is refused, and the handshake is dead afterwards")
    func alteredFirstMessage() throws {
        var (initiator, fresh, _) = pair()
        let message = try initiator.writeMessage(payload: [1])
        for index in message.indices {
            var altered = message
            altered[index] ^= 1
            var responder = fresh
            #expect(throws: NoiseError.self) { try responder.readMessage(altered) }
            #expect(throws: NoiseError.outOfTurn) { try responder.readMessage(message) }
        }
        for length in 0..<message.count {
            var responder = fresh
            #expect(throws: NoiseError.self) { try responder.readMessage(Array(message.prefix(length))) }
        }
        _ = try fresh.readMessage(message)
    }

    @Test("a low-order ephemeral or static key is refused")
    func lowOrder() {
        var (_, responder, _) = pair()
        #expect(throws: NoiseError.lowOrderKey) {
            try responder.readMessage([UInt8](repeating: 0, count: 32 + 48 + 17))
        }
        #expect(!X25519KeyPair.isUsable(publicKey: [1] + [UInt8](repeating: 0, count: 31)))
        #expect(!X25519KeyPair.isUsable(publicKey: [UInt8](repeating: 9, count: 31)))
    }

    @Test("nobody writes or reads out of turn, or splits early")
    func turns() throws {
        var (initiator, responder, dialer) = pair()
        #expect(throws: NoiseError.outOfTurn) { try responder.writeMessage() }
        #expect(throws: NoiseError.outOfTurn) { try initiator.split() }
        _ = try responder.readMessage(try initiator.writeMessage())
        #expect(responder.remoteStatic == dialer.publicKey)
        #expect(throws: NoiseError.outOfTurn) { try initiator.writeMessage() }
        _ = try initiator.readMessage(try responder.writeMessage())
        #expect(throws: NoiseError.outOfTurn) { try initiator.writeMessage() }
    }

    @Test("a record that is repeated, reordered or altered is refused, and the next right one is read")
    func records() throws {
        var (initiator, responder, _) = pair()
        _ = try responder.readMessage(try initiator.writeMessage())
        _ = try initiator.readMessage(try responder.writeMessage())
        var send = try initiator.split().send
        var receive = try responder.split().receive
        let first = try send.encrypt([1, 2, 3])
        let second = try send.encrypt([])
        #expect(throws: NoiseError.notAuthentic) { try receive.decrypt(second) }
        #expect(try receive.decrypt(first) == [1, 2, 3])
        #expect(throws: NoiseError.notAuthentic) { try receive.decrypt(first) }
        #expect(try receive.decrypt(second).isEmpty)
        #expect(throws: NoiseError.tooShort) { try receive.decrypt([1]) }
        #expect(throws: NoiseError.tooLong) { try send.encrypt([UInt8](repeating: 0, count: 65_520)) }
    }
}
