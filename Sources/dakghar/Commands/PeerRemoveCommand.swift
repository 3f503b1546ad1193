internal import ArgumentParser

/// `dakghar peer remove`
struct PeerRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a box off the peer list and end its session.",
        discussion: "Mail that waits for it stays in the queue until it expires.")

    @Argument(help: "The name that peer list shows.")
    var name: String

    func run() throws {
        _ = try BoxRequest.send("peer.remove", ["name": name])
        Terminal.write("\(name) is off the peer list")
    }
}
