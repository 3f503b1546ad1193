internal import Bundles
internal import Crypto
internal import XMPP

/// How an external component shows that it knows its secret, and the namespace that it speaks in
/// (XEP-0114 1.6 §3).
enum ComponentHandshake {
    /// SHA-1 of the stream's id and the secret, in lower-case hexadecimal digits.
    static func proof(streamID: String, secret: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(
            Insecure.SHA1.hash(data: Array(streamID.utf8) + secret).flatMap {
                [digits[Int($0 >> 4)], digits[Int($0 & 15)]]
            })
    }

    /// Whether an answer is the proof; in constant time.
    static func isProof(_ answer: String, streamID: String, secret: [UInt8]) -> Bool {
        Sodium.constantTimeEquals(Array(answer.utf8), Array(proof(streamID: streamID, secret: secret).utf8))
    }
}

extension Element {
    /// What a component has written, in the namespace of the rest of the box. The way back needs nothing:
    /// a stanza is written without its namespace, and so is in that of the stream.
    var inClientNamespace: Element {
        var element = self
        if namespace == NS.component { element.namespace = NS.client }
        element.nodes = nodes.map { node in
            guard case .element(let child) = node else { return node }
            return .element(child.inClientNamespace)
        }
        return element
    }
}
