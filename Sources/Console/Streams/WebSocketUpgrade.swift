internal import NIOCore
internal import NIOHTTP1

/// Which requests become XMPP streams over WebSocket (RFC 7395 §3.1).
enum WebSocketUpgrade {
    static let path = "/xmpp-websocket"

    /// The headers of the answer, or nil where the request is an ordinary one.
    static func headers(for head: HTTPRequestHead) -> HTTPHeaders? {
        guard head.uri.prefix(while: { $0 != "?" }) == path[...], offersXMPP(head) else { return nil }
        return ["Sec-WebSocket-Protocol": "xmpp"]
    }

    private static func offersXMPP(_ head: HTTPRequestHead) -> Bool {
        head.headers[canonicalForm: "sec-websocket-protocol"].contains("xmpp")
    }

    static func register(in routes: inout WebRoutes) {
        routes.add(
            path,
            WebRoute([.GET], isOpen: true) { exchange in
                let isUpgrade = exchange.head.headers.contains(name: "sec-websocket-key")
                let text =
                    isUpgrade
                    ? "Ask for the WebSocket subprotocol \"xmpp\" (RFC 7395)."
                    : "This is for XMPP over WebSocket (RFC 7395)."
                exchange.respond(
                    .error(isUpgrade ? .badRequest : .upgradeRequired, text, [("upgrade", "websocket")]))
            })
    }
}
