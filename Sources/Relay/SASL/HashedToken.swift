internal import Crypto
internal import XMPP

/// The SASL mechanisms that prove a token in one message each way
/// (draft-schmaus-kitten-sasl-ht: HT-SHA-256-NONE, HT-SHA-256-ENDP).
enum HashedToken {
    static let plain = "HT-SHA-256-NONE"
    static let bound = "HT-SHA-256-ENDP"

    /// Those that can be offered with this channel binding (`tls-server-end-point`), which may be empty.
    static func offered(endPoint: [UInt8]) -> [String] { endPoint.isEmpty ? [plain] : [bound, plain] }

    /// The client's message: a name, a zero byte, and the proof.
    struct Message {
        let username: String
        let proof: [UInt8]

        init?(_ bytes: [UInt8]) {
            guard let zero = bytes.firstIndex(of: 0), zero > 0, bytes.count - zero - 1 == 32 else {
                return nil
            }
            username = String(decoding: bytes[..<zero], as: UTF8.self)
            proof = Array(bytes[(zero + 1)...])
        }
    }

    /// Whether the proof was made with the token; in constant time.
    static func holds(_ proof: [UInt8], token: [UInt8], binding: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            proof, authenticating: Array("Initiator".utf8) + binding, using: SymmetricKey(data: token))
    }

    /// What proves the server to the client.
    static func answer(token: [UInt8], binding: [UInt8]) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(
                for: Array("Responder".utf8) + binding, using: SymmetricKey(data: token)))
    }
}
