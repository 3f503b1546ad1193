internal import ArgumentParser

/// `dakghar peer replace`
struct PeerReplaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace", abstract: "Give a known box a new card: new key or new addresses.",
        discussion: "Compare the new key with the one that card --json shows on the other box.")

    @Argument(help: "The other box's new card, one line.")
    var card: String

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("peer.replace", ["card": card])
        Terminal.write(json ? document : try BoxRequest.decode(PeerReplacementDocument.self, document).human)
    }
}
