internal import Crypto
internal import XMPP

/// A page for people: one look, no script, nothing loaded from anywhere.
struct HTMLPage {
    static let type = "text/html; charset=utf-8"

    let title: String
    /// HTML; what comes from outside is escaped in it.
    let content: String

    /// Only the style of these pages is allowed.
    static let headers: [(name: String, value: String)] = {
        let hash = Base64.encode(Array(SHA256.hash(data: Array(style.utf8))))
        let policy =
            "default-src 'none'; style-src 'sha256-\(hash)'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        return [("content-security-policy", policy)]
    }()

    var text: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.escaped(title))</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <main>
        \(content)
        <footer>Dakghar</footer>
        </main>
        </body>
        </html>

        """
    }

    /// Text as it may stand between tags and in a quoted attribute.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static let style = """
        :root{color-scheme:light dark}
        body{margin:0;font:1.05rem/1.55 system-ui,sans-serif}
        main{max-width:38rem;margin:0 auto;padding:2rem 1.2rem}
        h1{font-size:1.6rem;overflow-wrap:anywhere}
        h2{font-size:1.15rem;margin-top:2rem}
        code,.fingerprint{font-family:ui-monospace,monospace;font-size:.95em;overflow-wrap:anywhere}
        .fingerprint{padding:.8rem;border:1px solid;border-radius:.4rem}
        .button{display:inline-block;padding:.7rem 1.2rem;border-radius:.5rem;background:#12543f;color:#fff;text-decoration:none;font-weight:600}
        .code svg{display:block;width:100%;max-width:16rem}
        footer{margin-top:3rem;opacity:.6;font-size:.9rem}
        """
}
