internal import XMPP

/// How an authentication is spoken: as RFC 6120 §6 has it, or inline (XEP-0388).
enum SASLProfile {
    case stream
    case inline(InlineRequest)

    private var namespace: String {
        switch self {
        case .stream: NS.sasl
        case .inline: NS.sasl2
        }
    }

    func challenge(_ bytes: [UInt8]) -> Element {
        Element("challenge", namespace, text: Base64.encode(bytes))
    }

    func failure(_ failure: SASLFailure) -> Element {
        Element("failure", namespace, [:], [Element(failure.rawValue, NS.sasl)])
    }

    /// Decodes base64 of at most 8 KiB; "=" is the empty message.
    static func payload(_ text: String) -> [UInt8]? {
        if text.isEmpty || text == "=" { return [] }
        guard text.utf8.count < 8_192 else { return nil }
        return try? Base64.decode(text)
    }
}

/// What a client wants done together with its authentication (XEP-0388 §2.3, XEP-0386, XEP-0484).
struct InlineRequest {
    let mechanism: String
    let initialResponse: String
    /// Names the device; a secret of the client's.
    let userAgent: String?
    let bind: Element?
    let resume: Element?
    /// The mechanism that a token is asked for.
    let tokenMechanism: String?
    let fast: Element?

    init(_ element: Element) {
        mechanism = element["mechanism"] ?? ""
        initialResponse = element.child("initial-response", NS.sasl2)?.text ?? ""
        userAgent = element.child("user-agent", NS.sasl2)?["id"]
        bind = element.child("bind", NS.bind2)
        resume = element.child("resume", NS.sm)
        tokenMechanism = element.child("request-token", NS.fast)?["mechanism"]
        fast = element.child("fast", NS.fast)
    }
}
