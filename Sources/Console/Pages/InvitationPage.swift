internal import NIOHTTP1
internal import QRCodes
internal import Relay
internal import Storage

/// The page of an invitation: what it is for, and how to follow it. It does not use the invitation up.
enum InvitationPage {
    static func register(in routes: inout WebRoutes, _ settings: WebSettings, relay: Relay) {
        routes.add(
            below: InvitationLinks.folder,
            WebRoute([.GET]) { exchange in
                let token = String(exchange.path.dropFirst(InvitationLinks.folder.count))
                exchange.respond(response(token, settings, relay))
            })
    }

    private static func response(_ token: String, _ settings: WebSettings, _ relay: Relay) -> WebResponse {
        let store = relay.store
        // A link that has got about must not stay in a cache.
        let fields = HTMLPage.headers + [("cache-control", "no-store")]
        guard let invitation = store.invitations.open(token: token, now: store.wallNow()) else {
            return WebResponse(
                .notFound, type: HTMLPage.type, fields,
                body: Array(HTMLPage(title: settings.domain, content: over(settings)).text.utf8))
        }
        let links = InvitationLinks(token: token, localpart: invitation.localpart, domain: settings.domain)
        let page = HTMLPage(
            title: settings.domain, content: content(invitation, links, settings))
        return WebResponse(type: HTMLPage.type, fields, body: Array(page.text.utf8))
    }

    private static func over(_ settings: WebSettings) -> String {
        """
        <h1>\(HTMLPage.escaped(settings.domain))</h1>
        <p>This invitation is not known, has been used, or is too old. Ask whoever sent it for a new
        one.</p>
        """
    }

    /// For a phone that looks at the screen of a computer.
    private static func picture(_ uri: String) -> String {
        guard let code = QRCode(uri) else { return "" }
        return """
            <p>On another device: let the app's camera read this code.</p>
            <p class="code">\(code.svg(label: "The invitation as a QR code"))</p>
            """
    }

    private static func content(
        _ invitation: Invitation, _ links: InvitationLinks, _ settings: WebSettings
    ) -> String {
        let domain = HTMLPage.escaped(settings.domain)
        let address = invitation.localpart.map {
            "<p>Your address will be <code>\(HTMLPage.escaped($0))@\(domain)</code>.</p>"
        }
        let link = HTMLPage.escaped(links.uri)
        return """
            <h1>You are invited to \(domain)</h1>
            <p>This is the message box of this office. With this invitation you make your own account.</p>
            \(address ?? "<p>You choose the part of your address before <code>@\(domain)</code> yourself.</p>")
            \(settings.rootCertificate.map { LandingPage.trust($0) } ?? "")
            <h2>Make your account here</h2>
            <p><a class="button" href="\(HTMLPage.escaped(links.client))">Use it in this browser</a></p>
            <p>Nothing to install: this page of the box becomes your place to write and read.</p>
            <h2>Or with an app</h2>
            <ol>
            <li>Install an app that takes invitations: Conversations or Cheogram on Android, Monal or Siskin
            on iPhone and iPad, Gajim on a computer.</li>
            <li>Open this invitation in the app, and choose a password:
            <p><a href="\(link)">Open in the app</a></p></li>
            <li>If nothing opens, copy this address into the app:
            <p class="fingerprint">\(link)</p></li>
            </ol>
            \(picture(links.uri))
            <p>This page is for you alone: whoever has it can make the account in your place, once.</p>
            <p>\(LandingPage.ports(settings))</p>
            """
    }
}
