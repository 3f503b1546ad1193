internal import Crypto
internal import CryptoExtras
internal import XMPP

/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.
struct SCRAMClient {
    private let user: String
    private let password: String
    private let nonce: String
    private var firstBare: String { "n=\(user),r=\(nonce)" }

    init(user: String, password: String) {
        self.user = user
        self.password = password
        nonce = Base64.encode((0..<18).map { _ in UInt8.random(in: 0...255) })
    }

    /// The payload of `<auth/>`.
    var first: String { Base64.encode(Array("n,,\(firstBare)".utf8)) }

    /// The payload of `<response/>`, or nil when the challenge is none.
    func answer(to challenge: String, _ keys: inout SaltedPasswords) -> String? {
        guard let bytes = try? Base64.decode(challenge) else { return nil }
        let message = String(decoding: bytes, as: UTF8.self)
        var fields: [Character: String] = [:]
        for field in message.split(separator: ",") {
            guard let name = field.first else { continue }
            fields[name] = String(field.dropFirst(2))
        }
        guard let all = fields["r"], all.hasPrefix(nonce),
            let salt = fields["s"].flatMap({ try? Base64.decode($0) }),
            let rounds = fields["i"].flatMap({ Int($0) }), (1...1_000_000).contains(rounds),
            let salted = keys.key(password, salt: salt, rounds: rounds)
        else { return nil }
        let withoutProof = "c=biws,r=\(all)"
        let signed = "\(firstBare),\(message),\(withoutProof)"
        let clientKey = Self.code("Client Key", salted)
        let signature = Self.code(signed, Array(SHA256.hash(data: clientKey)))
        let proof = zip(clientKey, signature).map { $0 ^ $1 }
        return Base64.encode(Array("\(withoutProof),p=\(Base64.encode(proof))".utf8))
    }

    private static func code(_ text: String, _ key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }
}

/// Keys made already: a thousand clients of twenty accounts need no thousand derivations.
struct SaltedPasswords {
    private var known: [[UInt8]: [UInt8]] = [:]

    mutating func key(_ password: String, salt: [UInt8], rounds: Int) -> [UInt8]? {
        if let key = known[salt] { return key }
        let made = try? KDF.Insecure.PBKDF2.deriveKey(
            from: Array(password.utf8), salt: salt, using: .sha256, outputByteCount: 32,
            unsafeUncheckedRounds: rounds)
        let key = made.map { $0.withUnsafeBytes { Array($0) } }
        known[salt] = key
        return key
    }
}
