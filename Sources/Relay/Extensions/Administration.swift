internal import Storage
internal import XMPP

/// What an administrator asks of the box over their own stream: the requests of the command line
/// (docs/console.md). There is nothing to forge from another page, and no session besides the stream's.
package enum Administration {
    package struct Request {
        /// The command line's name of it: "user.add".
        package let command: String
        package let arguments: [String: String]
        /// Who asks, the part before the @.
        package let administrator: String
        /// Whether they have shown their password on this connection within `freshMs`.
        package let isFresh: Bool
    }

    /// Answers with an exit code of docs/cli.md and, for 0, a JSON document, else a sentence.
    package typealias Carrier = (Request, @escaping (Int32, String) -> Void) -> Void

    /// How long after showing the password something may be destroyed, milliseconds.
    package static let freshMs: UInt64 = 300_000
    /// Arguments of a request, and bytes of each.
    private static let argumentCount = 16
    private static let argumentBytes = 8_192

    static let module = Extension(
        queries: [
            NS.console: { request in
                guard let session = request.session, request.account == nil, request.isSet else {
                    return .error(StanzaError(.serviceUnavailable))
                }
                guard session.person.account.admin else {
                    return .error(
                        StanzaError(.forbidden, text: "Only administrators of this box may ask that."))
                }
                guard let carrier = request.relay.administrator, let asked = read(request.payload, session)
                else {
                    return .error(StanzaError(.badRequest))
                }
                carrier(asked) { code, text in
                    let answer = Element("response", NS.console, ["code": "\(code)"], text: text)
                    request.reply(.result([answer]))
                }
                return .later
            }
        ])

    private static func read(_ payload: Element, _ session: ClientSession) -> Request? {
        guard payload.name == "request", let command = payload["command"] else { return nil }
        var arguments: [String: String] = [:]
        for child in payload.children("argument", NS.console) {
            guard let name = child["name"], child.text.utf8.count <= argumentBytes else { return nil }
            arguments[name] = child.text
        }
        guard arguments.count <= argumentCount else { return nil }
        let shown = session.connection?.passwordShown
        return Request(
            command: command, arguments: arguments, administrator: session.person.account.localpart,
            isFresh: shown.map { Clock.now() - $0 <= freshMs } ?? false)
    }
}
