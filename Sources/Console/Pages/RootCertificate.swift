internal import Crypto
internal import XMPP

/// The root certificate that people's devices have to trust, to download.
enum RootCertificate {
    static func register(in routes: inout WebRoutes, _ settings: WebSettings) {
        guard let der = settings.rootCertificate else { return }
        let disposition = "attachment; filename=\"\(settings.domain)-root"
        routes.add(
            "/root.crt",
            .fixed(
                WebResponse(
                    type: "application/x-x509-ca-cert", [("content-disposition", disposition + ".crt\"")],
                    body: der)))
        routes.add(
            "/root.pem",
            .fixed(
                WebResponse(
                    type: "application/x-pem-file", [("content-disposition", disposition + ".pem\"")],
                    body: pem(der))))
    }

    /// SHA-256 in hexadecimal, as devices show it: `AB:CD:…`.
    static func fingerprint(_ der: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF")
        return SHA256.hash(data: der).map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined(
            separator: ":")
    }

    /// RFC 7468.
    private static func pem(_ der: [UInt8]) -> [UInt8] {
        let text = Array(Base64.encode(der).utf8)
        var lines = Array("-----BEGIN CERTIFICATE-----\n".utf8)
        for start in stride(from: 0, to: text.count, by: 64) {
            lines += text[start..<min(start + 64, text.count)]
            lines.append(0x0A)
        }
        return lines + Array("-----END CERTIFICATE-----\n".utf8)
    }
}
