internal import ArgumentParser

/// `dakghar card`
struct CardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "card",
        abstract: "Print this box's card, which other boxes' technicians give to peer add.",
        discussion: "A card holds no secret; make sure on its way that nobody swaps it for another.")

    @Flag(help: "Show it as a QR code, too.")
    var qr = false

    @Flag(help: "Print the JSON document.")
    var json = false

    func validate() throws {
        guard !(json && qr) else { throw ValidationError("--qr and --json exclude each other.") }
    }

    func run() throws {
        let document = try BoxRequest.send("card")
        guard !json else { return Terminal.write(document) }
        let card = try BoxRequest.decode(CardDocument.self, document).card
        Terminal.write(qr ? "\(card)\n" + (try Terminal.picture(of: card)) : card)
    }
}
