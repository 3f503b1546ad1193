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

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        var arguments: [String: String] = [:]
        arguments["localpart"] = name
        arguments["days"] = days.map(String.init)
        let document = try BoxRequest.send("user.invite", arguments)
        Terminal.write(json ? document : try BoxRequest.decode(InvitationDocument.self, document).human)
    }
}
