/// A Noise handshake, `Noise_IK_25519_ChaChaPoly_BLAKE2b` for links or `Noise_K_25519_ChaChaPoly_BLAKE2b`
/// for bundles (noiseprotocol.org, revision 34, section 5.3). After any error it is of no further use.
package struct NoiseHandshake: Sendable {
    package enum Pattern: Sendable { case ik, k }
    package enum Role: Sendable { case initiator, responder }

    enum Token { case e, s, ee, es, se, ss }

    private enum Phase { case running(message: Int), complete, failed }

    private let pattern: Pattern
    private let role: Role
    private let localStatic: X25519KeyPair?
    private let fixedEphemeral: X25519KeyPair?
    private var localEphemeral: X25519KeyPair?
    private var remoteEphemeral: [UInt8]?
    private var symmetric: SymmetricState
    private var phase: Phase = .running(message: 0)
    private var messagesDone = 0

    /// The other side's static key: given, or learned from its first message. Proven once a message
    /// that depends on it was read.
    package private(set) var remoteStatic: [UInt8]?

    /// - Parameter ephemeral: a fixed ephemeral key, for test vectors and simulations only.
    package init(
        pattern: Pattern, role: Role, prologue: [UInt8], localStatic: X25519KeyPair?,
        remoteStatic: [UInt8]?, ephemeral: X25519KeyPair? = nil
    ) {
        self.pattern = pattern
        self.role = role
        self.localStatic = localStatic
        self.remoteStatic = remoteStatic
        fixedEphemeral = ephemeral
        symmetric = SymmetricState(protocolName: pattern.protocolName)
        symmetric.mixHash(prologue)
        guard mixPreMessages() else {
            phase = .failed
            return
        }
    }

    package var isComplete: Bool {
        if case .complete = phase { true } else { false }
    }

    /// Binds what follows to this handshake (64 bytes; Noise section 11.2).
    package var handshakeHash: [UInt8] { symmetric.hash }

    /// The next message of ours, at most 65,535 bytes.
    package mutating func writeMessage(payload: [UInt8] = []) throws(NoiseError) -> [UInt8] {
        let tokens = try begin(writing: true)
        var message: [UInt8] = []
        for token in tokens { message += try write(token) }
        message += try symmetric.encryptAndHash(payload)
        guard message.count <= CipherState.maxMessageBytes else { throw .tooLong }
        finish()
        return message
    }

    /// Reads the next message of the other side and returns its payload.
    package mutating func readMessage(_ message: [UInt8]) throws(NoiseError) -> [UInt8] {
        let tokens = try begin(writing: false)
        guard message.count <= CipherState.maxMessageBytes else { throw .tooLong }
        var rest = message[...]
        for token in tokens { try read(token, from: &rest) }
        let payload = try symmetric.decryptAndHash(Array(rest))
        finish()
        return payload
    }

    /// The two directions of the finished handshake. Throws `.outOfTurn` before its end.
    package func split() throws(NoiseError) -> (send: CipherState, receive: CipherState) {
        guard isComplete else { throw .outOfTurn }
        let (first, second) = symmetric.split()
        return role == .initiator ? (first, second) : (second, first)
    }

    // MARK: Messages

    /// The tokens of the message that is due. Until `finish` the handshake counts as failed, so that an
    /// error half-way leaves nothing that could be used.
    private mutating func begin(writing: Bool) throws(NoiseError) -> [Token] {
        guard case .running(let index) = phase else { throw .outOfTurn }
        let initiatorsTurn = index % 2 == 0
        guard writing == (initiatorsTurn == (role == .initiator)) else { throw .outOfTurn }
        phase = .failed
        messagesDone = index + 1
        return pattern.messages[index]
    }

    private mutating func finish() {
        phase = messagesDone < pattern.messages.count ? .running(message: messagesDone) : .complete
    }

    private mutating func write(_ token: Token) throws(NoiseError) -> [UInt8] {
        switch token {
        case .e:
            let pair = fixedEphemeral ?? .generate()
            localEphemeral = pair
            symmetric.mixHash(pair.publicKey)
            return pair.publicKey
        case .s:
            guard let localStatic else { throw .missingKey }
            return try symmetric.encryptAndHash(localStatic.publicKey)
        case .ee, .es, .se, .ss:
            try mixAgreement(token)
            return []
        }
    }

    private mutating func read(_ token: Token, from rest: inout ArraySlice<UInt8>) throws(NoiseError) {
        switch token {
        case .e:
            let key = try Self.take(X25519KeyPair.keySize, from: &rest)
            remoteEphemeral = key
            symmetric.mixHash(key)
        case .s:
            let size = X25519KeyPair.keySize + (symmetric.hasKey ? CipherState.tagSize : 0)
            remoteStatic = try symmetric.decryptAndHash(try Self.take(size, from: &rest))
        case .ee, .es, .se, .ss:
            try mixAgreement(token)
        }
    }

    private mutating func mixAgreement(_ token: Token) throws(NoiseError) {
        // The first letter is the initiator's key, the second the responder's.
        let localIsEphemeral: Bool
        let remoteIsEphemeral: Bool
        switch (token, role) {
        case (.ee, _): (localIsEphemeral, remoteIsEphemeral) = (true, true)
        case (.es, .initiator), (.se, .responder): (localIsEphemeral, remoteIsEphemeral) = (true, false)
        case (.es, .responder), (.se, .initiator): (localIsEphemeral, remoteIsEphemeral) = (false, true)
        default: (localIsEphemeral, remoteIsEphemeral) = (false, false)
        }
        guard let local = localIsEphemeral ? localEphemeral : localStatic,
            let remote = remoteIsEphemeral ? remoteEphemeral : remoteStatic
        else { throw .missingKey }
        symmetric.mixKey(try local.agree(with: remote))
    }

    /// Mixes in the static keys known beforehand; false if one of them is missing or malformed.
    private mutating func mixPreMessages() -> Bool {
        let initiatorStatic = role == .initiator ? localStatic?.publicKey : remoteStatic
        let responderStatic = role == .initiator ? remoteStatic : localStatic?.publicKey
        for key in pattern == .k ? [initiatorStatic, responderStatic] : [responderStatic] {
            guard let key, key.count == X25519KeyPair.keySize else { return false }
            symmetric.mixHash(key)
        }
        return true
    }

    private static func take(_ count: Int, from rest: inout ArraySlice<UInt8>) throws(NoiseError) -> [UInt8] {
        guard rest.count >= count else { throw .tooShort }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}

extension NoiseHandshake.Pattern {
    fileprivate var protocolName: String {
        switch self {
        case .ik: "Noise_IK_25519_ChaChaPoly_BLAKE2b"
        case .k: "Noise_K_25519_ChaChaPoly_BLAKE2b"
        }
    }

    /// The tokens of each message, the initiator's first (Noise section 7.4 and 7.5).
    fileprivate var messages: [[NoiseHandshake.Token]] {
        switch self {
        case .ik: [[.e, .es, .s, .ss], [.e, .ee, .se]]
        case .k: [[.e, .es, .ss]]
        }
    }
}
