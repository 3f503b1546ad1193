internal import NIOHTTP1

/// What this box is, how to trust it, and how to get in with an app: a page that needs no script.
enum LandingPage {
    static func register(in routes: inout WebRoutes, _ settings: WebSettings) {
        let page = HTMLPage(title: settings.domain, content: content(settings))
        routes.add(
            "/setup", .fixed(WebResponse(type: HTMLPage.type, HTMLPage.headers, body: Array(page.text.utf8))))
        routes.add("/healthz", .fixed(.text(.ok, "ok")))
        // Phones ask for it to see whether a network leads anywhere.
        routes.add("/generate_204", .fixed(WebResponse(.noContent)))
    }

    private static func content(_ settings: WebSettings) -> String {
        let domain = HTMLPage.escaped(settings.domain)
        return """
            <h1>\(domain)</h1>
            <p>This is the message box of this office. It stands in your own building: it goes on working
            when the line to the world outside does not, and what you write to other offices leaves as
            soon as the line is back.</p>
            \(settings.rootCertificate.map { trust($0) } ?? "")
            <h2>Log in with an app</h2>
            <ol>
            <li>Install an XMPP app: Conversations or Cheogram on Android, Monal on iPhone, iPad and Mac,
            Dino or Gajim on a computer.</li>
            <li>Choose “I have an account”, and enter your address, <code>name@\(domain)</code>, and the
            password that your technician gave you.</li>
            </ol>
            <p>\(ports(settings))</p>
            """
    }

    /// Where apps connect to, as it is configured.
    static func ports(_ settings: WebSettings) -> String {
        let domain = HTMLPage.escaped(settings.domain)
        let direct = settings.xmppTLSPort.map { "<code>\($0)</code> (direct TLS)" }
        let ports = [settings.xmppPort.map { "<code>\($0)</code>" }, direct].compactMap { $0 }
        guard !ports.isEmpty else { return "Apps reach this box in the browser's way only." }
        return """
            Server name and port are found by themselves; where an app asks for them, they are
            <code>\(domain)</code> and \(ports.joined(separator: " or ")).
            """
    }

    static func trust(_ der: [UInt8]) -> String {
        """
        <h2>First, once: trust this box</h2>
        <p><a href="/root.crt">Download the certificate of this office</a>
        (<a href="/root.pem">as a text file</a>) and install it as a trusted authority on your device.
        Compare its fingerprint with the one on the sheet of your technician before you do:</p>
        <p class="fingerprint">\(RootCertificate.fingerprint(der))</p>
        """
    }
}
