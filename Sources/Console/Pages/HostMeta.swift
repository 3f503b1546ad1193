internal import NIOHTTP1
internal import XMPP

/// Where browsers find the streams of this domain (XEP-0156), as XRD and as JSON.
enum HostMeta {
    static func register(in routes: inout WebRoutes, _ settings: WebSettings) {
        let links = [
            ("urn:xmpp:alt-connections:websocket", "wss://\(settings.authority)\(WebSocketUpgrade.path)"),
            ("urn:xmpp:alt-connections:xbosh", "https://\(settings.authority)\(BOSHService.path)"),
        ]
        add("/.well-known/host-meta", "application/xrd+xml; charset=utf-8", xrd(links), to: &routes)
        add("/.well-known/host-meta.json", "application/json", json(links), to: &routes)
    }

    private static func add(_ path: String, _ type: String, _ text: String, to routes: inout WebRoutes) {
        let response = WebResponse(type: type, body: Array(text.utf8)).readableByAll()
        routes.add(path, WebRoute([.GET], isOpen: true) { $0.respond(response) })
    }

    private static func xrd(_ links: [(relation: String, address: String)]) -> String {
        let namespace = "http://docs.oasis-open.org/ns/xri/xrd-1.0"
        let children = links.map { Element("Link", namespace, ["rel": $0.relation, "href": $0.address]) }
        return "<?xml version='1.0' encoding='utf-8'?>\n"
            + Element("XRD", namespace, [:], children).description + "\n"
    }

    /// A domain and a port need no escaping in JSON.
    private static func json(_ links: [(relation: String, address: String)]) -> String {
        let entries = links.map { "{\"rel\":\"\($0.relation)\",\"href\":\"\($0.address)\"}" }
        return "{\"links\":[" + entries.joined(separator: ",") + "]}\n"
    }
}
