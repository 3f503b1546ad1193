internal import ArgumentParser

/// `dakghar user remove`
struct UserRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove an account with its roster and archive; its sessions end.")

    @Argument(help: "The part of the address before the @.")
    var localpart: String

    func run() throws {
        _ = try BoxRequest.send("user.remove", ["localpart": localpart])
        Terminal.write("\(localpart) is removed")
    }
}
