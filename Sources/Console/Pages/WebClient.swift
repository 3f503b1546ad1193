internal import NIOHTTP1
internal import WebPages

/// The web client: the files of `Sources/WebPages/Assets`, out of the executable.
///
/// Every file is asked for anew and answered with "not modified" while it is the same, so that the page
/// that people see is always the one of this version.
enum WebClient {
    /// The pages themselves have addresses that people can say.
    private static let pages = ["index.html": "/", "console.html": "/console"]

    static func register(in routes: inout WebRoutes, _ settings: WebSettings) {
        let policy = contentSecurityPolicy(settings)
        for asset in WebPages.assets {
            routes.add(
                path(of: asset), WebRoute([.GET]) { $0.respond(answer(asset, to: $0, policy: policy)) })
        }
        // What the service worker keeps, so that the page opens while the box cannot be reached.
        let parts = WebPages.assets.map { "\"\(path(of: $0))\"" } + ["\"\(BoxDescription.path)\""]
        let list = "[" + parts.joined(separator: ",") + "]\n"
        routes.add("/shell.json", .fixed(WebResponse(type: "application/json", body: Array(list.utf8))))
    }

    private static func path(of asset: EmbeddedAsset) -> String {
        pages[asset.path] ?? "/\(asset.path)"
    }

    private static func answer(_ asset: EmbeddedAsset, to exchange: WebExchange, policy: String)
        -> WebResponse
    {
        let tag = "\"\(asset.tag)\""
        var headers = [
            ("etag", tag), ("cache-control", "no-cache"), ("vary", "accept-encoding"),
            ("content-security-policy", policy),
            ("permissions-policy", "camera=(self), geolocation=(), microphone=(self)"),
        ]
        if exchange.head.headers[canonicalForm: "if-none-match"].contains(where: {
            $0 == tag || $0 == "W/\(tag)"
        }) {
            return WebResponse(.notModified, headers)
        }
        guard takesGzip(exchange.head.headers) else {
            return .error(
                .notAcceptable, "This file is there in compressed form only (Accept-Encoding: gzip).")
        }
        headers.append(("content-encoding", "gzip"))
        return WebResponse(type: asset.type, headers, body: asset.gzip)
    }

    private static func takesGzip(_ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: "accept-encoding"].contains { $0.lowercased().hasPrefix("gzip") || $0 == "*" }
    }

    /// Everything from this box, nothing inline; files and pictures also from the files host.
    private static func contentSecurityPolicy(_ settings: WebSettings) -> String {
        let files = settings.filesAuthority.map { " https://\($0)" } ?? ""
        return [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'",
            "img-src 'self' blob: data:\(files)", "media-src 'self' blob:\(files)",
            "connect-src 'self' wss://\(settings.authority)\(files)", "manifest-src 'self'",
            "worker-src 'self'",
            "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
        ].joined(separator: "; ")
    }
}
