/// Why no credentials come of what was given.
package enum SCRAMCredentialsError: Error, Sendable, Equatable {
    /// Nothing is left of the password once it is prepared, or it is longer than 1024 bytes.
    case passwordLength
    /// The password holds a control character or another that RFC 4013 forbids.
    case forbiddenCharacter
    /// No salt, more than 255 bytes of it, or rounds outside 1 to 10,000,000.
    case parameters
    /// The stored form was damaged.
    case malformed
}

/// What a server keeps instead of a password (RFC 5802 §3): enough to check it, not to use it elsewhere.
package struct SCRAMCredentials: Sendable, Equatable {
    /// 16 random bytes.
    package let salt: [UInt8]
    /// Rounds of PBKDF2.
    package let iterations: Int
    /// Hash of the client's key: as many bytes as the hash has.
    package let storedKey: [UInt8]
    /// Key of the server's own signature: as many bytes as the hash has.
    package let serverKey: [UInt8]

    /// Rounds for new credentials. Phones compute them at each login.
    package static let defaultIterations = 10_000
    /// Most rounds that are accepted; more would only be a way to stop a process.
    package static let maximumIterations = 10_000_000

    package init(salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8]) {
        self.salt = salt
        self.iterations = iterations
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// Computes the credentials for a password; takes milliseconds.
    /// - Throws: `SCRAMCredentialsError` for a password or parameters that cannot be used.
    package static func derive(
        password: String, hash: SCRAMHash, salt: [UInt8], iterations: Int = defaultIterations
    ) throws(SCRAMCredentialsError) -> SCRAMCredentials {
        guard let prepared = SASLPrep.prepare(password) else { throw .forbiddenCharacter }
        guard (1...1024).contains(prepared.utf8.count) else { throw .passwordLength }
        guard (1...255).contains(salt.count), (1...maximumIterations).contains(iterations),
            let salted = hash.stretch(Array(prepared.utf8), salt: salt, rounds: iterations)
        else { throw .parameters }
        let clientKey = hash.code(Array("Client Key".utf8), key: salted)
        return SCRAMCredentials(
            salt: salt, iterations: iterations, storedKey: hash.digest(clientKey),
            serverKey: hash.code(Array("Server Key".utf8), key: salted))
    }

    /// Credentials for a name that has no account: always the same for a name, so that asking twice
    /// tells nothing, and no password opens them.
    /// - Parameter secret: random bytes that the box keeps to itself, at least 16.
    package static func decoy(
        username: String, hash: SCRAMHash, secret: [UInt8], iterations: Int = defaultIterations
    ) -> SCRAMCredentials {
        func part(_ label: String) -> [UInt8] {
            hash.code(Array("\(label)\0\(hash.rawValue)\0\(username)".utf8), key: secret)
        }
        return SCRAMCredentials(
            salt: Array(part("salt").prefix(16)), iterations: iterations, storedKey: part("stored"),
            serverKey: part("server"))
    }

    /// Whether a password is the one that these credentials were made of; takes milliseconds.
    package func accepts(password: String, hash: SCRAMHash) -> Bool {
        let derived = try? Self.derive(password: password, hash: hash, salt: salt, iterations: iterations)
        return derived.map { Self.isEqual($0.storedKey, storedKey) } ?? false
    }

    /// Compares in a time that depends on the lengths alone.
    static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}

/// The form in which the database keeps credentials.
extension SCRAMCredentials {
    /// Rounds 4 bytes big endian, length of the salt 1 byte, salt, stored key, server key.
    package func encoded() -> [UInt8] {
        let rounds = UInt32(clamping: iterations)
        let head = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rounds >> UInt32($0)) }
        return head + [UInt8(clamping: salt.count)] + salt + storedKey + serverKey
    }

    /// Reads what `encoded` wrote.
    /// - Throws: `SCRAMCredentialsError.malformed`.
    package init(encoded bytes: [UInt8], hash: SCRAMHash) throws(SCRAMCredentialsError) {
        guard bytes.count > 5 else { throw .malformed }
        let iterations = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        let keys = 5 + Int(bytes[4])
        guard bytes[4] > 0, bytes.count == keys + 2 * hash.byteCount,
            (1...Self.maximumIterations).contains(iterations)
        else { throw .malformed }
        self.init(
            salt: Array(bytes[5..<keys]), iterations: iterations,
            storedKey: Array(bytes[keys..<keys + hash.byteCount]),
            serverKey: Array(bytes[(keys + hash.byteCount)...]))
    }
}
