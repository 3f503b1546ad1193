internal import Appliance
internal import ArgumentParser

/// `dakghar bundle export`
struct BundleExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write what waits for a box, and receipts for it, into a file.",
        discussion:
            "The file grows as FILE.part and gets its name when it is whole. After an interruption the same "
            + "command goes on where it stopped.")

    @Option(name: .customLong("for"), help: ArgumentHelp("The box that it is for.", valueName: "peer"))
    var peer: String

    @Option(help: ArgumentHelp("The hub that imports the file and forwards what is in it.", valueName: "hub"))
    var via: String?

    @Argument(help: "Where to write.")
    var file: String

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        Interruption.listen()
        let box = try BoxDialogue.open()
        defer { box.close() }
        let part = try StickPart(file)
        var export = StickExporting(box: box, part: part, peer: peer, via: via, shows: !json)
        let document = try export.run()
        Terminal.write(json ? document : try BoxRequest.decode(StickExportDocument.self, document).human)
    }
}
