internal import ArgumentParser

/// `dakghar peer add`
struct PeerAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Write a box into the peer list; a running box knows it at once.")

    @Argument(help: "The other box's card, one line.")
    var card: String

    @Flag(help: "What has no direct way goes here: for a hub.")
    var upstream = false

    @Flag(name: .customLong("no-direct"), help: "Never dialed; reached through an upstream only.")
    var noDirect = false

    @Flag(help: "Print the JSON document.")
    var json = false

    func validate() throws {
        if upstream, noDirect {
            throw ValidationError("an upstream is reached directly: give --upstream or --no-direct, not both")
        }
    }

    func run() throws {
        var arguments = ["card": card]
        if upstream { arguments["upstream"] = "true" }
        if noDirect { arguments["direct"] = "false" }
        let document = try BoxRequest.send("peer.add", arguments)
        Terminal.write(json ? document : try BoxRequest.decode(PeerAdditionDocument.self, document).human)
    }
}
