import CSodium

/// Ed25519 (RFC 8032): the identity key, which only signs.
package struct SigningKey: Hashable, Sendable, CustomStringConvertible {
    package static let seedSize = 32
    package static let publicKeySize = 32
    package static let signatureSize = 64

    package let seed: [UInt8]
    package let publicKey: [UInt8]
    private let secret: [UInt8]

    /// From a 32-byte seed, or nil for any other length.
    package init?(seed: [UInt8]) {
        guard seed.count == Self.seedSize else { return nil }
        self.init(checkedSeed: seed)
    }

    private init(checkedSeed: [UInt8]) {
        var publicKey = [UInt8](repeating: 0, count: Self.publicKeySize)
        var secret = [UInt8](repeating: 0, count: 64)
        _ = crypto_sign_seed_keypair(&publicKey, &secret, checkedSeed)
        seed = checkedSeed
        self.publicKey = publicKey
        self.secret = secret
    }

    package static func generate() -> SigningKey {
        SigningKey(checkedSeed: Sodium.randomBytes(seedSize))
    }

    /// The 64-byte signature of `message`.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        // Never fails for a 64-byte secret.
        Sodium.filling(Self.signatureSize) {
            crypto_sign_detached($0, nil, message, UInt64(message.count), secret)
        } ?? []
    }

    package static func verify(_ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]) -> Bool {
        signature.count == signatureSize && publicKey.count == publicKeySize
            && crypto_sign_verify_detached(signature, message, UInt64(message.count), publicKey) == 0
    }

    /// Whether 32 bytes are a point of the main subgroup: not all zero, not of low order, in canonical form.
    package static func isUsable(publicKey: [UInt8]) -> Bool {
        publicKey.count == publicKeySize && crypto_core_ed25519_is_valid_point(publicKey) == 1
    }

    /// Never the seed.
    package var description: String { "Ed25519 key \(Base64URL.encode(publicKey))" }
}
