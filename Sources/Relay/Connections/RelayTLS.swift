package import NIOSSL

/// The box's certificate as the listeners use it.
package struct RelayTLS {
    package let context: NIOSSLContext
    /// The same for HTTPS: a stream of one protocol is never taken for one of the other (ALPN).
    package let web: NIOSSLContext
    /// The channel binding `tls-server-end-point` (RFC 5929 §4) of the certificate.
    package let endPoint: [UInt8]

    /// - Parameters:
    ///   - chain: PEM file, leaf first.
    ///   - key: PEM file.
    package init(chain: String, key: String, endPoint: [UInt8]) throws {
        let certificates = try NIOSSLCertificate.fromPEMFile(chain)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        // RFC 7590 and RFC 9325: nothing below 1.2.
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["xmpp-client"]
        context = try NIOSSLContext(configuration: configuration)
        configuration.applicationProtocols = ["http/1.1"]
        web = try NIOSSLContext(configuration: configuration)
        self.endPoint = endPoint
    }
}
