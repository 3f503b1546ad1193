internal import Bundles
internal import XMPP

/// Unpredictable names: session ids, resources, stream ids.
enum Token {
    /// base64url of that many random bytes.
    static func random(bytes: Int) -> String { Base64.encode(Sodium.randomBytes(bytes), .url) }
}
