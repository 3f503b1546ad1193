import CSodium

/// One direction of an encrypted link: ChaCha20-Poly1305 with a counted nonce (Noise section 5.1 and 12.3).
package struct CipherState: Sendable {
    /// Bytes that encryption adds.
    package static let tagSize = 16
    /// The longest Noise message, in bytes.
    package static let maxMessageBytes = 65_535

    private let key: [UInt8]
    private var nonce: UInt64

    init(key: [UInt8], nonce: UInt64 = 0) {
        self.key = key
        self.nonce = nonce
    }

    /// `plaintext` encrypted, 16 bytes longer. Throws `.tooLong` or `.nonceExhausted`.
    package mutating func encrypt(_ plaintext: [UInt8], ad: [UInt8] = []) throws(NoiseError) -> [UInt8] {
        guard plaintext.count <= Self.maxMessageBytes - Self.tagSize else { throw .tooLong }
        let nonceBytes = try nextNonce()
        let capacity = plaintext.count + Self.tagSize
        let sealed = Sodium.filling(capacity) {
            crypto_aead_chacha20poly1305_ietf_encrypt(
                $0, nil, plaintext, UInt64(plaintext.count), ad, UInt64(ad.count), nil, nonceBytes, key)
        }
        guard let sealed else { throw .tooLong }
        nonce += 1
        return sealed
    }

    /// The plaintext. Throws `.notAuthentic` and does not count the message then (Noise section 5.1).
    package mutating func decrypt(_ sealed: [UInt8], ad: [UInt8] = []) throws(NoiseError) -> [UInt8] {
        guard sealed.count >= Self.tagSize else { throw .tooShort }
        guard sealed.count <= Self.maxMessageBytes else { throw .tooLong }
        let nonceBytes = try nextNonce()
        let size = sealed.count - Self.tagSize
        let plaintext = Sodium.filling(size) {
            crypto_aead_chacha20poly1305_ietf_decrypt(
                $0, nil, nil, sealed, UInt64(sealed.count), ad, UInt64(ad.count), nonceBytes, key)
        }
        guard let plaintext else { throw .notAuthentic }
        nonce += 1
        return plaintext
    }

    /// 4 zero bytes and the counter, little endian. 2^64 - 1 is reserved by the specification.
    private func nextNonce() throws(NoiseError) -> [UInt8] {
        guard nonce < .max else { throw .nonceExhausted }
        return [0, 0, 0, 0] + withUnsafeBytes(of: nonce.littleEndian) { Array($0) }
    }
}
