internal import ArgumentParser

/// `dakghar user invite`
struct UserInviteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Invite somebody to make an account, with a link.",
        discussion: "The link is shown this once, and is good for one account.")

    @Option(help: "The part of the address before the @; without it the invited person chooses.")
    var name: String?

    @Option(help: "How many days it is good, 1 to 365; 7 without this.")
    var days: Int?

    @Flag(help: "Show the link as a QR code, too.")
    var qr = false

    @Flag(help: "Print the JSON document.")
    var json = false

    func validate() throws {
        guard !(json && qr) else { throw ValidationError("--qr and --json exclude each other.") }
    }

    func run() throws {
        var arguments: [String: String] = [:]
        arguments["localpart"] = name
        arguments["days"] = days.map(String.init)
        let document = try BoxRequest.send("user.invite", arguments)
        guard !json else { return Terminal.write(document) }
        let invitation = try BoxRequest.decode(InvitationDocument.self, document)
        Terminal.write(invitation.human + (qr ? try Terminal.picture(of: invitation.uri) : ""))
    }
}
