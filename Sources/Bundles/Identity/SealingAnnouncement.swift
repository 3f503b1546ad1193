/// The signed value of the state register `sealing`: which key to seal bundles for a box to, 108 bytes.
package struct SealingAnnouncement: Hashable, Sendable {
    package static let register = "sealing"
    package static let size = 44 + SigningKey.signatureSize

    package let keyID: UInt32
    package let publicKey: [UInt8]
    /// Wall time of its making at the announcing box, ms since 1970.
    package let createdMs: UInt64

    package init(_ key: SealingKey) {
        keyID = key.id
        publicKey = key.pair.publicKey
        createdMs = key.createdMs
    }

    /// The announcement with its signature.
    package func signed(by identity: BoxIdentity) -> [UInt8] {
        let body = encodedBody
        return body + identity.sign(Self.context + body)
    }

    /// Reads and verifies an announcement of the box with this identity key. Throws `ByteError`: wrong size,
    /// signature, key id, or a key of low order.
    package init(verifying bytes: [UInt8], identityKey: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        keyID = try reader.uint32()
        publicKey = try reader.take(X25519KeyPair.keySize)
        createdMs = try reader.uint64()
        let signature = try reader.take(SigningKey.signatureSize)
        try reader.expectEnd()
        guard SigningKey.verify(signature, of: Self.context + bytes.prefix(44), by: identityKey) else {
            throw .badValue("signature of the sealing key")
        }
        guard keyID == SealingKey.id(of: publicKey) else { throw .badValue("sealing key id") }
        guard X25519KeyPair.isUsable(publicKey: publicKey) else { throw .badValue("sealing key") }
    }

    private static let context = Array("dakghar sealing 1\n".utf8)

    private var encodedBody: [UInt8] {
        var writer = ByteWriter(reserving: 44)
        writer.uint32(keyID)
        writer.append(publicKey)
        writer.uint64(createdMs)
        return writer.bytes
    }
}
