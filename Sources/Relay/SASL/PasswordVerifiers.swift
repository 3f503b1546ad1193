internal import Bundles

/// What the box keeps of a password: enough to check it, not enough to log in with.
package struct PasswordVerifiers {
    /// Encoded `SCRAMCredentials` of each hash.
    package let sha1: [UInt8]
    package let sha256: [UInt8]

    /// Bytes of a password at most; longer ones only cost time.
    package static let passwordLimit = 1_024

    /// Why a password is not taken, in a sentence.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    /// Throws for a password that is empty, too long, or has characters that SASLprep (RFC 4013) forbids.
    package init(_ password: String) throws(Refusal) {
        guard !password.isEmpty, password.utf8.count <= Self.passwordLimit else {
            throw Refusal(description: "A password has 1 to \(Self.passwordLimit) bytes.")
        }
        do {
            sha1 = try SCRAMCredentials.derive(
                password: password, hash: .sha1, salt: Sodium.randomBytes(16)
            ).encoded()
            sha256 = try SCRAMCredentials.derive(
                password: password, hash: .sha256, salt: Sodium.randomBytes(16)
            ).encoded()
        } catch {
            throw Refusal(description: "This password cannot be used: \(error)")
        }
    }
}
