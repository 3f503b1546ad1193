/// A key that others seal bundles to; a new one is made every week.
package struct SealingKey: Hashable, Sendable {
    /// First 4 bytes of BLAKE2b-256 of the public key, big endian.
    package let id: UInt32
    package let pair: X25519KeyPair
    /// Wall time of its making, ms since 1970.
    package let createdMs: UInt64

    package init(pair: X25519KeyPair, createdMs: UInt64) {
        self.pair = pair
        self.createdMs = createdMs
        id = Self.id(of: pair.publicKey)
    }

    package static func id(of publicKey: [UInt8]) -> UInt32 {
        Sodium.blake2b(32, publicKey).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}
