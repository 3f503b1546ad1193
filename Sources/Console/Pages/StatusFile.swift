internal import NIOHTTP1
internal import Relay

/// What is down just now, for apps (XEP-0455): made anew for each reader, kept by nobody.
enum StatusFile {
    static let path = "/status.json"

    static func register(in routes: inout WebRoutes, relay: Relay) {
        routes.add(
            path,
            WebRoute([.GET], isOpen: true) { [unowned relay] exchange in
                let response = WebResponse(
                    type: "application/json", [("cache-control", "no-store")],
                    body: Array(relay.outageDocument.utf8))
                exchange.respond(response.readableByAll())
            })
    }
}

extension WebSettings {
    /// Where apps read what is down.
    package var statusAddress: String { address(of: StatusFile.path) }
}
