internal import ArgumentParser

/// `dakghar user invites`
struct UserInvitesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invites", abstract: "Show the invitations: open, used and expired.")

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("user.invites")
        Terminal.write(json ? document : try BoxRequest.decode(InvitationListDocument.self, document).human)
    }
}
