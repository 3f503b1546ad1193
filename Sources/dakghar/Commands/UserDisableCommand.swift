internal import ArgumentParser

/// `dakghar user disable`
struct UserDisableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Close an account: its sessions end and nobody logs in to it; mail for it is kept.")

    @Argument(help: "The part of the address before the @.")
    var localpart: String

    @Flag(help: "Open it again.")
    var undo = false

    func run() throws {
        _ = try BoxRequest.send("user.disable", ["localpart": localpart, "undo": undo ? "true" : "false"])
        Terminal.write(undo ? "\(localpart) can log in again\n" : "\(localpart) is closed\n")
    }
}
