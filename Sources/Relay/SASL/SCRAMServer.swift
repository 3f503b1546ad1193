import XMPP

/// The server's side of one SCRAM exchange (RFC 5802, RFC 7677): two messages in, two out. Does no I/O
/// and draws no random numbers.
package struct SCRAMServer {
    /// What to do next.
    package enum Step: Sendable, Equatable {
        /// Send this and wait for the answer.
        case challenge([UInt8])
        /// The password is right: `serverFinal` goes with the success. The caller still checks that
        /// `authzid` is empty or the account's own bare address.
        case success(_ serverFinal: [UInt8], username: String, authzid: String)
        /// The exchange is over.
        case failure(SASLFailure)
    }

    private enum State {
        case begins
        case challenged(Challenge)
        case over
    }

    private struct Challenge {
        let first: SCRAMClientFirst
        let credentials: SCRAMCredentials
        let nonce: String
        let serverFirst: [UInt8]
    }

    /// Longest message that is looked at, in bytes.
    package static let maximumMessageBytes = 4096

    /// The name in the client's first message, once that could be read: also after a failure.
    package private(set) var username: String?

    private let hash: SCRAMHash
    private let plus: Bool
    private let channelBindings: [String: [UInt8]]
    private let serverNonce: String
    private let offerDigest: String?
    private let lookup: (String) -> SCRAMCredentials
    private var state = State.begins

    /// - Parameters:
    ///   - plus: whether the client chose the mechanism's `-PLUS` variant.
    ///   - channelBindings: the data of every channel binding that was offered with a `-PLUS` mechanism,
    ///     by type, such as `tls-server-end-point`; empty when none was.
    ///   - serverNonce: printable ASCII without commas, freshly drawn, at least 128 bits.
    ///   - offerDigest: of what was advertised (XEP-0474), or nil to leave it out.
    ///   - lookup: the credentials of a user; for a name without an account, `SCRAMCredentials.decoy`.
    package init(
        hash: SCRAMHash, plus: Bool, channelBindings: [String: [UInt8]], serverNonce: String,
        offerDigest: String? = nil, lookup: @escaping (String) -> SCRAMCredentials
    ) {
        self.hash = hash
        self.plus = plus
        self.channelBindings = channelBindings
        self.serverNonce = serverNonce
        self.offerDigest = offerDigest
        self.lookup = lookup
    }

    /// Takes the client's next message, decoded from base64.
    package mutating func receive(_ message: [UInt8]) -> Step {
        let current = state
        state = .over
        guard message.count <= Self.maximumMessageBytes else { return .failure(.malformedRequest) }
        do throws(SASLFailure) {
            switch current {
            case .begins: return try challenge(message)
            case .challenged(let challenge): return try verdict(message, challenge)
            case .over: return .failure(.malformedRequest)
            }
        } catch {
            return .failure(error)
        }
    }

    private mutating func challenge(_ message: [UInt8]) throws(SASLFailure) -> Step {
        let first = try SCRAMClientFirst(message)
        username = first.username
        try check(first.binding)
        let credentials = lookup(first.username)
        let nonce = first.nonce + serverNonce
        let salt = Base64.encode(credentials.salt)
        let digest = offerDigest.map { ",h=\($0)" } ?? ""
        let serverFirst = Array("r=\(nonce),s=\(salt),i=\(credentials.iterations)\(digest)".utf8)
        state = .challenged(
            Challenge(first: first, credentials: credentials, nonce: nonce, serverFirst: serverFirst))
        return .challenge(serverFirst)
    }

    private func check(_ binding: SCRAMClientFirst.Binding) throws(SASLFailure) {
        switch binding {
        case .used(let type):
            guard plus, channelBindings[type] != nil else { throw .malformedRequest }
        case .notSupported:
            guard !plus else { throw .malformedRequest }
        case .notOffered:
            guard !plus else { throw .malformedRequest }
            // The client saw no -PLUS mechanism although one was offered: somebody between took it
            // out of the list (RFC 5802 §6).
            guard channelBindings.isEmpty else { throw .notAuthorized }
        }
    }

    private func verdict(_ message: [UInt8], _ challenge: Challenge) throws(SASLFailure) -> Step {
        let final = try SCRAMClientFinal(message)
        let credentials = challenge.credentials
        let comma = [UInt8(ascii: ",")]
        let signed = challenge.first.bare + comma + challenge.serverFirst + comma + final.withoutProof
        // Everything is computed and compared before anything is decided, so that the time tells
        // nothing about which part was wrong or whether the account exists.
        let proofHolds = proves(final.proof, signed, credentials)
        let signature = hash.code(signed, key: credentials.serverKey)
        let bindingHolds = SCRAMCredentials.isEqual(final.binding, expectedBinding(challenge.first))
        let nonceHolds = SCRAMCredentials.isEqual(Array(final.nonce.utf8), Array(challenge.nonce.utf8))
        guard proofHolds, bindingHolds, nonceHolds else { throw .notAuthorized }
        return .success(
            Array("v=\(Base64.encode(signature))".utf8), username: challenge.first.username,
            authzid: challenge.first.authzid)
    }

    /// RFC 5802 §3: the proof is the client's key, hidden by a signature that both sides can compute.
    private func proves(_ proof: [UInt8], _ signed: [UInt8], _ credentials: SCRAMCredentials) -> Bool {
        let signature = hash.code(signed, key: credentials.storedKey)
        let clientKey = zip(proof, signature).map { $0 ^ $1 }
        let isSame = SCRAMCredentials.isEqual(hash.digest(clientKey), credentials.storedKey)
        return isSame && proof.count == signature.count
    }

    private func expectedBinding(_ first: SCRAMClientFirst) -> [UInt8] {
        guard case .used(let type) = first.binding else { return first.header }
        return first.header + (channelBindings[type] ?? [])
    }
}
