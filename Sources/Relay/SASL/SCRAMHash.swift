import Crypto
import CryptoExtras

/// The hash function of a SCRAM mechanism; the raw value is the mechanism's name without `-PLUS`.
package enum SCRAMHash: String, CaseIterable, Sendable {
    /// RFC 5802.
    case sha1 = "SCRAM-SHA-1"
    /// RFC 7677.
    case sha256 = "SCRAM-SHA-256"

    /// Bytes of the hash, and so of every key.
    package var byteCount: Int {
        switch self {
        case .sha1: return Insecure.SHA1.byteCount
        case .sha256: return SHA256.byteCount
        }
    }

    func digest(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .sha1: return Array(Insecure.SHA1.hash(data: bytes))
        case .sha256: return Array(SHA256.hash(data: bytes))
        }
    }

    func code(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: key)
        switch self {
        case .sha1: return Array(HMAC<Insecure.SHA1>.authenticationCode(for: bytes, using: key))
        case .sha256: return Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
        }
    }

    /// `Hi` of RFC 5802 §2.2: PBKDF2 with as many bytes as the hash has. Neither the password nor the
    /// salt may be empty, and the rounds must be at least 1 and fit in 32 bits.
    func stretch(_ password: [UInt8], salt: [UInt8], rounds: Int) -> [UInt8]? {
        let function: KDF.Insecure.PBKDF2.HashFunction = self == .sha1 ? .insecureSHA1 : .sha256
        let key = try? KDF.Insecure.PBKDF2.deriveKey(
            from: password, salt: salt, using: function, outputByteCount: byteCount,
            unsafeUncheckedRounds: rounds)
        return key.map { $0.withUnsafeBytes { Array($0) } }
    }
}
