/// What the HTTPS port has to know of the box.
package struct WebSettings {
    /// The XMPP domain.
    package var domain: String
    /// The port that clients see.
    package var port: Int
    /// The ports of XMPP with STARTTLS and with direct TLS; nil where there is none.
    package var xmppPort: Int?
    package var xmppTLSPort: Int?
    /// The box's short name.
    package var box: String
    /// The name and port under which files have their addresses; nil where it is the domain itself.
    package var filesAuthority: String?
    /// The root certificate that people's devices have to trust, in DER; nil with a certificate from elsewhere.
    package var rootCertificate: [UInt8]?

    package init(
        domain: String, box: String, port: Int, xmppPort: Int?, xmppTLSPort: Int?,
        filesAuthority: String? = nil,
        rootCertificate: [UInt8]?
    ) {
        self.domain = domain
        self.box = box
        self.port = port
        self.xmppPort = xmppPort
        self.xmppTLSPort = xmppTLSPort
        self.filesAuthority = filesAuthority
        self.rootCertificate = rootCertificate
    }

    /// The URL of a path, which begins with a slash.
    package func address(of path: String) -> String { "https://\(authority)\(path)" }

    /// `domain`, with the port where it is not HTTPS's own.
    var authority: String { port == 443 ? domain : "\(domain):\(port)" }
}

/// Limits of the HTTPS port, each with its unit.
enum WebLimits {
    /// HTTP connections in all and from one address. Streams count with the relay's own limits.
    static let connections = 1_024
    static let connectionsPerAddress = 128
    /// One header field, all of them, bytes; and how many.
    static let headerField = 8_192
    static let headers = 16_384
    static let headerFields = 64
    /// A body that nobody wants and that is read to its end, so that the connection may go on, bytes.
    static let unwantedBody = 262_144
    /// What is thrown away of a longer one while the answer gets through, within `closingSeconds`: a client
    /// that sends all before it reads must not find its answer lost, bytes.
    static let thrownAway = 16 << 20
    /// Seconds for a request's head, between two requests, and without a byte of a body or a download.
    static let headSeconds: Int64 = 15
    static let idleSeconds: Int64 = 30
    static let stalledSeconds: Int64 = 60
    /// Seconds that a closing connection may still send.
    static let closingSeconds: Int64 = 2
}
