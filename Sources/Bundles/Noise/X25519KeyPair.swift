import CSodium

/// An X25519 key pair (RFC 7748): a link key, a sealing key or an ephemeral key. 32 bytes each.
package struct X25519KeyPair: Hashable, Sendable, CustomStringConvertible {
    package static let keySize = 32

    package let secret: [UInt8]
    package let publicKey: [UInt8]

    /// From a 32-byte secret; throws `.invalidKey` for any other length.
    package init(secret: [UInt8]) throws(NoiseError) {
        guard secret.count == Self.keySize else { throw .invalidKey }
        self.init(checkedSecret: secret)
    }

    private init(checkedSecret: [UInt8]) {
        secret = checkedSecret
        // Never fails for 32 bytes.
        publicKey = Sodium.filling(Self.keySize) { crypto_scalarmult_base($0, checkedSecret) } ?? []
    }

    package static func generate() -> X25519KeyPair {
        X25519KeyPair(checkedSecret: Sodium.randomBytes(keySize))
    }

    /// The 32-byte shared secret; throws `.lowOrderKey` where it would be all zero, as the peer's key then
    /// adds nothing (RFC 7748 section 6.1).
    package func agree(with theirs: [UInt8]) throws(NoiseError) -> [UInt8] {
        guard theirs.count == Self.keySize else { throw .invalidKey }
        let shared = Sodium.filling(Self.keySize) { crypto_scalarmult($0, secret, theirs) }
        guard let shared, shared.contains(where: { $0 != 0 }) else { throw .lowOrderKey }
        return shared
    }

    /// Whether a public key has 32 bytes and is not one of the points that give an all-zero secret.
    package static func isUsable(publicKey: [UInt8]) -> Bool {
        (try? generate().agree(with: publicKey)) != nil
    }

    /// Never the secret: key pairs end up in logs by accident.
    package var description: String { "X25519 key \(Base64URL.encode(publicKey))" }
}
