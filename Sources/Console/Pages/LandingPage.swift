internal import Crypto
internal import NIOHTTP1
internal import XMPP

/// The page that somebody sees who opens the box's address: what this is, and how to get in.
enum LandingPage {
    static func register(in routes: inout WebRoutes, _ settings: WebSettings) {
        let hash = Base64.encode(Array(SHA256.hash(data: Array(style.utf8))))
        let policy =
            "default-src 'none'; style-src 'sha256-\(hash)'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        routes.add(
            "/",
            .fixed(
                WebResponse(
                    type: "text/html; charset=utf-8", [("content-security-policy", policy)],
                    body: Array(html(settings).utf8))))
        routes.add("/healthz", .fixed(.text(.ok, "ok")))
        // Phones ask for it to see whether a network leads anywhere.
        routes.add("/generate_204", .fixed(WebResponse(.noContent)))
    }

    private static func html(_ settings: WebSettings) -> String {
        let domain = settings.domain
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(domain)</title>
            <style>\(style)</style>
            </head>
            <body>
            <main>
            <h1>\(domain)</h1>
            <p>This is the message box of this office. It stands in your own building: it goes on working
            when the line to the world outside does not, and what you write to other offices leaves as
            soon as the line is back.</p>
            \(settings.rootCertificate.map { trust($0, domain) } ?? "")
            <h2>Log in with an app</h2>
            <ol>
            <li>Install an XMPP app: Conversations or Cheogram on Android, Monal on iPhone, iPad and Mac,
            Dino or Gajim on a computer.</li>
            <li>Choose “I have an account”, and enter your address, <code>name@\(domain)</code>, and the
            password that your technician gave you.</li>
            </ol>
            <p>Server name and port are found by themselves; where an app asks for them, they are
            <code>\(domain)</code> and <code>5222</code>.</p>
            <footer>Dakghar</footer>
            </main>
            </body>
            </html>

            """
    }

    private static func trust(_ der: [UInt8], _ domain: String) -> String {
        """
        <h2>First, once: trust this box</h2>
        <p><a href="/root.crt">Download the certificate of this office</a>
        (<a href="/root.pem">as a text file</a>) and install it as a trusted authority on your device.
        Compare its fingerprint with the one on the sheet of your technician before you do:</p>
        <p class="fingerprint">\(RootCertificate.fingerprint(der))</p>
        """
    }

    private static let style = """
        :root{color-scheme:light dark}
        body{margin:0;font:1.05rem/1.55 system-ui,sans-serif}
        main{max-width:38rem;margin:0 auto;padding:2rem 1.2rem}
        h1{font-size:1.6rem;overflow-wrap:anywhere}
        h2{font-size:1.15rem;margin-top:2rem}
        code,.fingerprint{font-family:ui-monospace,monospace;font-size:.95em;overflow-wrap:anywhere}
        .fingerprint{padding:.8rem;border:1px solid;border-radius:.4rem}
        footer{margin-top:3rem;opacity:.6;font-size:.9rem}
        """
}
