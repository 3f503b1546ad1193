internal import ArgumentParser

/// `dakghar user move`
struct UserMoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Remove an account whose person has another address now; whoever writes to it is told.")

    @Argument(help: "The part of the address before the @.")
    var localpart: String

    @Argument(help: "The new address, such as asma@interior.gov.test.")
    var address: String

    func run() throws {
        _ = try BoxRequest.send("user.remove", ["localpart": localpart, "to": address])
        Terminal.write("\(localpart) is removed; its correspondents are pointed to \(address)\n")
    }
}
