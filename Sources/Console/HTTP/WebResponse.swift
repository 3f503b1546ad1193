internal import NIOHTTP1

/// An answer that is in memory as a whole.
struct WebResponse {
    var status: HTTPResponseStatus
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    init(
        _ status: HTTPResponseStatus = .ok, type: String? = nil,
        _ headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.status = status
        self.headers = headers
        if let type { self.headers.append(("content-type", type)) }
        self.body = body
    }

    static func text(_ status: HTTPResponseStatus, _ text: String) -> WebResponse {
        WebResponse(status, type: "text/plain; charset=utf-8", body: Array((text + "\n").utf8))
    }

    /// An error in a sentence.
    static func error(
        _ status: HTTPResponseStatus, _ text: String? = nil, _ headers: [(name: String, value: String)] = []
    ) -> WebResponse {
        var response = WebResponse.text(status, text ?? "\(status.code) \(status.reasonPhrase)")
        response.headers += headers
        return response
    }

    /// A page of another origin may read it.
    func readableByAll() -> WebResponse {
        var copy = self
        copy.headers.append(("access-control-allow-origin", "*"))
        copy.headers.append(("cross-origin-resource-policy", "cross-origin"))
        return copy
    }

    /// Status and headers, with the ones that every answer has.
    func head(version: HTTPVersion, length: Int? = nil) -> HTTPResponseHead {
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.add(name: name, value: value) }
        for (name, value) in Self.security where !fields.contains(name: name) {
            fields.add(name: name, value: value)
        }
        if status.code != 204, status.code != 304 {
            fields.replaceOrAdd(name: "content-length", value: String(length ?? body.count))
        }
        return HTTPResponseHead(version: version, status: status, headers: fields)
    }

    /// Nothing is loaded, framed, guessed or told to others unless an answer says otherwise.
    private static let security: [(String, String)] = [
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ]
}
