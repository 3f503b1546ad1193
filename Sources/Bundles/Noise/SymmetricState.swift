/// The chaining key and handshake hash of a Noise handshake with BLAKE2b (Noise section 5.2).
struct SymmetricState: Sendable {
    private static let hashSize = 64
    /// BLAKE2b's block, for HMAC.
    private static let blockSize = 128

    private var chainingKey: [UInt8]
    private(set) var hash: [UInt8]
    private var cipher: CipherState?

    init(protocolName: String) {
        let name = Array(protocolName.utf8)
        hash =
            name.count <= Self.hashSize
            ? name + [UInt8](repeating: 0, count: Self.hashSize - name.count)
            : Sodium.blake2b(Self.hashSize, name)
        chainingKey = hash
    }

    var hasKey: Bool { cipher != nil }

    mutating func mixHash(_ data: [UInt8]) { hash = Sodium.blake2b(Self.hashSize, hash + data) }

    mutating func mixKey(_ material: [UInt8]) {
        let (next, key) = Self.derive(chainingKey, material)
        chainingKey = next
        cipher = CipherState(key: Array(key.prefix(32)))
    }

    mutating func encryptAndHash(_ plaintext: [UInt8]) throws(NoiseError) -> [UInt8] {
        let sealed = try cipher?.encrypt(plaintext, ad: hash) ?? plaintext
        mixHash(sealed)
        return sealed
    }

    mutating func decryptAndHash(_ sealed: [UInt8]) throws(NoiseError) -> [UInt8] {
        let plaintext = try cipher?.decrypt(sealed, ad: hash) ?? sealed
        mixHash(sealed)
        return plaintext
    }

    /// The initiator's sending and receiving states.
    func split() -> (CipherState, CipherState) {
        let (first, second) = Self.derive(chainingKey, [])
        return (CipherState(key: Array(first.prefix(32))), CipherState(key: Array(second.prefix(32))))
    }

    /// HKDF with two outputs (Noise section 4.3).
    private static func derive(_ key: [UInt8], _ material: [UInt8]) -> ([UInt8], [UInt8]) {
        let temporary = hmac(key, material)
        let first = hmac(temporary, [1])
        return (first, hmac(temporary, first + [2]))
    }

    /// HMAC (RFC 2104) over BLAKE2b-512. The key is never longer than a block here.
    private static func hmac(_ key: [UInt8], _ data: [UInt8]) -> [UInt8] {
        let padded = key + [UInt8](repeating: 0, count: blockSize - key.count)
        let inner = Sodium.blake2b(hashSize, padded.map { $0 ^ 0x36 } + data)
        return Sodium.blake2b(hashSize, padded.map { $0 ^ 0x5c } + inner)
    }
}
