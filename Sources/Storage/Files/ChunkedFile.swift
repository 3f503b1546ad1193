internal import CSodium

/// How a file lies on the disk: a line that says what it is, then chunks of one size, each sealed by
/// itself with XChaCha20-Poly1305 under the file's own key, so that any part can be read alone.
package struct ChunkedFile: Sendable {
    package static let magic = Array("dakghar file 1\n".utf8)
    /// A file uploaded here: chunks of 64 KiB. One of another box comes in units, and lies in such.
    package static let chunkBytes = 65_536
    package static let sealBytes = 16
    private static let nonceBytes = 24

    /// 32 bytes, used for this file only.
    package let key: [UInt8]
    /// Bytes of content in a chunk.
    package let chunk: Int

    package init(key: [UInt8], chunk: Int = chunkBytes) {
        self.key = key
        self.chunk = chunk
    }

    package static func newKey() -> [UInt8] {
        var key = [UInt8](repeating: 0, count: 32)
        randombytes_buf(&key, key.count)
        return key
    }

    package func offset(ofChunk index: Int) -> Int { Self.magic.count + index * (chunk + Self.sealBytes) }

    /// The number of the chunk is nonce and additional data: chunks cannot be exchanged.
    private static func nonce(_ index: Int) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: nonceBytes)
        var rest = UInt64(index)
        for place in (nonceBytes - 8..<nonceBytes).reversed() {
            nonce[place] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
        return nonce
    }

    /// - Parameter plain: at most a chunk; less only at the end of the file.
    package func seal(_ plain: ArraySlice<UInt8>, chunk index: Int) -> [UInt8] {
        let nonce = Self.nonce(index)
        let plain = Array(plain)
        return [UInt8](unsafeUninitializedCapacity: plain.count + Self.sealBytes) { buffer, count in
            guard let output = buffer.baseAddress else { return }
            var written: UInt64 = 0
            _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                output, &written, plain, UInt64(plain.count), nonce, UInt64(nonce.count), nil,
                nonce, key)
            count = Int(written)
        }
    }

    /// The content of a chunk, or nil when it is not what was sealed there.
    package func open(_ sealed: [UInt8], chunk index: Int) -> [UInt8]? {
        guard sealed.count >= Self.sealBytes else { return nil }
        let nonce = Self.nonce(index)
        var good = false
        let plain = [UInt8](unsafeUninitializedCapacity: sealed.count) { buffer, count in
            var written: UInt64 = 0
            good =
                crypto_aead_xchacha20poly1305_ietf_decrypt(
                    buffer.baseAddress, &written, nil, sealed, UInt64(sealed.count), nonce,
                    UInt64(nonce.count),
                    nonce, key) == 0
            count = good ? Int(written) : 0
        }
        return good ? plain : nil
    }
}
