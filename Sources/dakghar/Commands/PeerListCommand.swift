internal import ArgumentParser

/// `dakghar peer list`
struct PeerListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the peers, their keys, and how they are reached.")

    @Flag(help: "Print the JSON document, an array.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("peer.list")
        guard !json else { return Terminal.write(document) }
        let peers = try BoxRequest.decode([PeerDocument].self, document)
        Terminal.write(PeerDocument.human(peers, now: HumanText.now))
    }
}
