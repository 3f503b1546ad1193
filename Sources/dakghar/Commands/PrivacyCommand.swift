internal import ArgumentParser

/// `dakghar privacy`
struct PrivacyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privacy", abstract: "What this box holds about a person, and its removal.",
        subcommands: [PrivacyShowCommand.self, PrivacyEraseCommand.self, PrivacySweepCommand.self])
}

/// `dakghar privacy show`
struct PrivacyShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Everything that this box holds about an address.")

    @Argument(help: "The address, or the part before the @ of somebody here.")
    var jid: String

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("privacy.show", ["jid": jid])
        Terminal.write(json ? document : try BoxRequest.decode(PrivacyDocument.self, document).human)
    }
}

/// `dakghar privacy erase`
struct PrivacyEraseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Remove an account and everything of it, here and on the other boxes.",
        discussion: "It cannot be undone. What is left afterwards is shown: it belongs to others.")

    @Argument(help: "The address, or the part before the @.")
    var jid: String

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("privacy.erase", ["jid": jid])
        Terminal.write(
            json ? document : try BoxRequest.decode(PrivacyDocument.self, document).humanAfterErasure)
    }
}

/// `dakghar privacy sweep`
struct PrivacySweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Remove now what is older than the configuration keeps it.",
        discussion: "The box does this by itself once a day.")

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("privacy.sweep")
        let removed = try BoxRequest.decode(SweepDocument.self, document).removed
        Terminal.write(json ? document : "\(removed) archived messages were too old and are gone\n")
    }
}
