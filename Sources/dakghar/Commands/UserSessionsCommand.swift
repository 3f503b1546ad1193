internal import ArgumentParser

/// `dakghar user sessions`
struct UserSessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Show an account's sessions, or end them.")

    @Argument(help: "The part of the address before the @.")
    var localpart: String

    @Flag(help: "End all of them; the password stays.")
    var revoke = false

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send(
            "user.sessions", ["localpart": localpart, "revoke": revoke ? "true" : "false"])
        Terminal.write(json ? document : try BoxRequest.decode(SessionListDocument.self, document).human)
    }
}
