internal import Appliance
internal import ArgumentParser
internal import Bundles

/// `dakghar init`
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a new box: configuration, keys, certificates, an empty database.",
        discussion: "It prints the card of the new box and overwrites nothing.")

    @Option(help: ArgumentHelp("The short name that other boxes list this one by.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("The part of a user's address after the @.", valueName: "domain"))
    var domain: String

    @Option(help: ArgumentHelp("An address or a host name that others reach the box by.", valueName: "addr"))
    var host: String?

    func run() throws {
        let card = try BoxInitialization.make(
            directory: BoxOptions.current.box, name: name, domain: domain, host: host)
        Terminal.write(card.text)
    }
}
