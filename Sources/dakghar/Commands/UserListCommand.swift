internal import ArgumentParser

/// `dakghar user list`
struct UserListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the accounts and how many sessions each has.")

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("user.list")
        Terminal.write(json ? document : try BoxRequest.decode(UserListDocument.self, document).human)
    }
}
