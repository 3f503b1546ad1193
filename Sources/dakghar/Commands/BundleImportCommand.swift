internal import ArgumentParser

/// `dakghar bundle import`
struct BundleImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take in a file that another box has exported for this one.",
        discussion:
            "A file that is damaged, altered or not for this box is refused whole, before anything is taken. "
            + "Importing it twice does nothing twice.")

    @Argument(help: "The file.")
    var file: String

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        Interruption.listen()
        let source = try StickSource(file)
        let box = try BoxDialogue.open()
        defer { box.close() }
        let document = try StickImporting(box: box, source: source, shows: !json).run()
        Terminal.write(json ? document : try BoxRequest.decode(StickImportDocument.self, document).human)
    }
}
