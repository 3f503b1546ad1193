internal import Crypto
internal import Storage
internal import XMPP

/// A STUN or TURN server for calls, as the configuration names it.
package struct CallServerSettings: Sendable {
    package let type: String
    package let host: String
    package let port: UInt16
    package let transport: String
    /// What the TURN server shares with this box; nil for a server that asks for nothing.
    package let secret: [UInt8]?
    package let lifetimeMs: Int64

    package init(
        type: String, host: String, port: UInt16, transport: String, secret: [UInt8]?, lifetimeMs: Int64
    ) {
        self.type = type
        self.host = host
        self.port = port
        self.transport = transport
        self.secret = secret
        self.lifetimeMs = lifetimeMs
    }
}

extension Relay {
    /// Names the servers to the people of this office. Call before clients come.
    package func offer(callServers: [CallServerSettings]) {
        guard !callServers.isEmpty else { return }
        add(ExternalServices.module(callServers))
    }
}

/// External services (XEP-0215 1.0.1): which servers help with calls, and passwords for them, to people of
/// this office only. A password is computed from the secret and remembered nowhere, so asking again costs
/// the box nothing but the answer.
enum ExternalServices {
    static func module(_ servers: [CallServerSettings]) -> Extension {
        Extension(features: [NS.externalServices], queries: [NS.externalServices: { answer($0, servers) }])
    }

    private static func answer(_ request: IQRequest, _ servers: [CallServerSettings]) -> IQAnswer {
        guard request.account == nil else { return .error(StanzaError(.serviceUnavailable)) }
        guard !request.isSet else { return .error(StanzaError(.badRequest)) }
        guard let session = request.session else {
            return .error(StanzaError(.forbidden, text: "These are for the people of this office."))
        }
        let name = session.person.jid.localpart ?? ""
        let now = Int64(request.relay.store.wallNow())
        let asked = request.payload.child("service", NS.externalServices)
        switch request.payload.name {
        case "services":
            let type = request.payload["type"]
            let found = servers.filter { type == nil || type == $0.type }
            return .result([
                Element(
                    "services", NS.externalServices, ["type": type],
                    found.map { element($0, for: name, now: now) })
            ])
        case "credentials":
            let found = servers.filter { server in
                server.secret != nil && server.host == asked?["host"] && server.type == asked?["type"]
                    && (asked?["port"].map { $0 == String(server.port) } ?? true)
            }
            guard !found.isEmpty else { return .error(StanzaError(.itemNotFound)) }
            return .result([
                Element(
                    "credentials", NS.externalServices, [:],
                    found.map { element($0, for: name, now: now) })
            ])
        default: return .error(StanzaError(.badRequest))
        }
    }

    private static func element(_ server: CallServerSettings, for name: String, now: Int64) -> Element {
        var element = Element(
            "service", NS.externalServices,
            [
                "type": server.type, "host": server.host, "port": String(server.port),
                "transport": server.transport,
            ])
        guard let secret = server.secret else { return element }
        let credentials = TURNCredentials(
            secret: secret, name: name, now: now, lifetimeMs: server.lifetimeMs)
        element["restricted"] = "true"
        element["username"] = credentials.username
        element["password"] = credentials.password
        element["expires"] = DateTime(milliseconds: credentials.expires * 1_000).description
        return element
    }
}

/// A user name and a password that a TURN server believes until a time (coturn's `use-auth-secret`,
/// draft-uberti-behave-turn-rest): the name is the time and a name for the server's quota, the password
/// its HMAC.
struct TURNCredentials {
    let username: String
    let password: String
    /// Seconds since 1970.
    let expires: Int64

    /// - Parameter now: wall milliseconds.
    init(secret: [UInt8], name: String, now: Int64, lifetimeMs: Int64) {
        // To the minute: whoever asks again soon is given the same.
        expires = (now + lifetimeMs) / 60_000 * 60
        username = "\(expires):\(name)"
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Array(username.utf8), using: SymmetricKey(data: secret))
        password = Base64.encode(Array(code))
    }
}
