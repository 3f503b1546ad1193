internal import Bundles
internal import NIOCore
internal import NIOHTTP1
internal import Relay
internal import XMPP

/// XMPP over BOSH for what cannot do WebSocket: `/http-bind` (XEP-0124, XEP-0206).
final class BOSHService {
    static let path = "/http-bind"
    /// Sessions in all; those not logged in count with the relay's limit, too.
    static let limit = 2_000
    static let limitPerAddress = 200

    private let relay: Relay
    private var sessions: [String: BOSHSession] = [:]

    init(relay: Relay) { self.relay = relay }

    func register(in routes: inout WebRoutes) {
        routes.add(Self.path, WebRoute([.POST], isOpen: true) { [unowned self] in handle($0) })
    }

    private func handle(_ exchange: WebExchange) {
        let limit = relay.largestStanza + BOSHBody.wrapperBytes
        exchange.collect(limit: limit) { [unowned self, unowned exchange] bytes in
            guard let body = BOSHBody(Array(bytes.readableBytesView), limit: limit) else {
                return exchange.respond(BOSHBody.end("bad-request"))
            }
            guard let sid = body.sid else { return begin(body, exchange) }
            guard let session = sessions[sid] else { return exchange.respond(BOSHBody.end("item-not-found")) }
            session.receive(body, exchange)
        }
    }

    private func begin(_ body: BOSHBody, _ exchange: WebExchange) {
        let here = sessions.values.count { $0.address == exchange.address }
        guard sessions.count < Self.limit, here < Self.limitPerAddress else {
            return exchange.respond(BOSHBody.end("policy-violation"))
        }
        let sid = Base64.encode(Sodium.randomBytes(18), .url)
        let session = BOSHSession(
            sid: sid, body: body, address: exchange.address, relay: relay, service: self)
        sessions[sid] = session
        session.receive(body, exchange)
    }

    func remove(_ session: BOSHSession) { sessions[session.sid] = nil }

    func look(now: NIODeadline) { for session in sessions.values { session.look(now: now) } }
}
