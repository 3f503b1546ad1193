internal import ArgumentParser

/// `dakghar audit`
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show what administrators did, the newest first.",
        discussion: "The last 1,000 acts, on the command line and in the console. No secrets are in it.")

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("audit", [:])
        guard !json else { return Terminal.write(document) }
        Terminal.write(try BoxRequest.decode(AuditDocument.self, document).human(now: HumanText.now))
    }
}
