internal import ArgumentParser

/// `dakghar card`
struct CardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "card",
        abstract: "Print this box's card, which other boxes' technicians give to peer add.",
        discussion: "A card holds no secret; make sure on its way that nobody swaps it for another.")

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("card")
        Terminal.write(json ? document : try BoxRequest.decode(CardDocument.self, document).card)
    }
}
