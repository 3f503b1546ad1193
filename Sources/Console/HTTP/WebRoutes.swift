internal import NIOHTTP1

/// What serves one path.
struct WebRoute {
    /// Methods it takes; `HEAD` comes with `GET`, `OPTIONS` with all.
    let methods: [HTTPMethod]
    /// Whether scripts of other origins may use it (CORS).
    let isOpen: Bool
    let handle: (WebExchange) -> Void

    init(_ methods: [HTTPMethod], isOpen: Bool = false, _ handle: @escaping (WebExchange) -> Void) {
        self.methods = methods
        self.isOpen = isOpen
        self.handle = handle
    }

    /// A path that always gives the same.
    static func fixed(_ response: WebResponse) -> WebRoute { WebRoute([.GET]) { $0.respond(response) } }

    var allowed: String {
        (methods + (methods.contains(.GET) ? [.HEAD] : []) + [.OPTIONS]).map(\.rawValue).joined(
            separator: ", ")
    }
}

/// The paths of the HTTPS port.
struct WebRoutes {
    private var exact: [String: WebRoute] = [:]
    private var prefixed: [(prefix: String, route: WebRoute)] = []
    private var matched: [(fits: (String) -> Bool, route: WebRoute)] = []

    mutating func add(_ path: String, _ route: WebRoute) { exact[path] = route }
    /// Everything below `prefix`, which ends with a slash.
    mutating func add(below prefix: String, _ route: WebRoute) { prefixed.append((prefix, route)) }

    /// What nothing else serves and `fits` says yes to.
    mutating func add(_ route: WebRoute, where fits: @escaping (String) -> Bool) {
        matched.append((fits, route))
    }

    /// Paths are compared as they came: nothing is decoded or resolved, so nothing can be disguised.
    private func route(for path: String) -> WebRoute? {
        exact[path] ?? prefixed.first { path.hasPrefix($0.prefix) }?.route
            ?? matched.first { $0.fits(path) }?.route
    }

    func dispatch(_ exchange: WebExchange) {
        guard let route = route(for: exchange.path) else {
            return exchange.respond(.error(.notFound, "There is nothing at this address."))
        }
        let method = exchange.head.method
        if method == .OPTIONS { return exchange.respond(preflight(route)) }
        guard route.methods.contains(method) || (method == .HEAD && route.methods.contains(.GET)) else {
            return exchange.respond(.error(.methodNotAllowed, nil, [("allow", route.allowed)]))
        }
        route.handle(exchange)
    }

    private func preflight(_ route: WebRoute) -> WebResponse {
        guard route.isOpen else { return WebResponse(.noContent, [("allow", route.allowed)]) }
        return WebResponse(
            .noContent,
            [
                ("allow", route.allowed), ("access-control-allow-methods", route.allowed),
                ("access-control-allow-headers", "Content-Type, Range"), ("access-control-max-age", "86400"),
            ]
        ).readableByAll()
    }
}
