internal import ArgumentParser

/// `dakghar user uninvite`
struct UserUninviteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninvite", abstract: "Take an invitation back; an account made with it stays.")

    @Argument(help: "The beginning of its token, as 'user invites' shows it.")
    var name: String

    func run() throws {
        _ = try BoxRequest.send("user.uninvite", ["name": name])
        Terminal.write("the invitation \(name.prefix(8)) is taken back")
    }
}
