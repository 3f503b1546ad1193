internal import CSodium

/// Encryption at rest: XChaCha20-Poly1305 with a random 24-byte nonce in front, the row's id as
/// additional data, so that no row can be put in another's place.
package struct PayloadCipher: Sendable {
    private let key: [UInt8]

    /// - Parameter key: 32 bytes.
    package init?(key: [UInt8]) {
        guard key.count == Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES), sodium_init() >= 0 else {
            return nil
        }
        self.key = key
    }

    private static let nonceBytes = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    private static let tagBytes = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

    /// Bytes of a sealed payload over its content.
    static let overhead = nonceBytes + tagBytes

    package func seal(_ plain: [UInt8], row: Int64) -> [UInt8] {
        let total = Self.nonceBytes + plain.count + Self.tagBytes
        return [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            randombytes_buf(start, Self.nonceBytes)
            withUnsafeBytes(of: row.bigEndian) { id in
                _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                    start + Self.nonceBytes, nil, plain, UInt64(plain.count),
                    id.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(id.count), nil, start, key)
            }
            count = total
        }
    }

    /// - Throws: `StorageError.damaged` when the bytes are not what was sealed for this row.
    package func open(_ sealed: [UInt8], row: Int64) throws(StorageError) -> [UInt8] {
        let size = sealed.count - Self.nonceBytes - Self.tagBytes
        guard size >= 0 else { throw StorageError.damaged("payload \(row) is too short") }
        var good = false
        let plain = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            sealed.withUnsafeBufferPointer { sealed in
                guard let start = sealed.baseAddress else { return }
                withUnsafeBytes(of: row.bigEndian) { id in
                    good =
                        crypto_aead_xchacha20poly1305_ietf_decrypt(
                            buffer.baseAddress, nil, nil, start + Self.nonceBytes,
                            UInt64(sealed.count - Self.nonceBytes),
                            id.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(id.count), start, key)
                        == 0
                }
            }
            count = good ? size : 0
        }
        guard good else { throw StorageError.damaged("payload \(row) does not open with this data key") }
        return plain
    }
}
