internal import Appliance
internal import ArgumentParser

/// `dakghar restore`
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a box of a backup, in an empty directory.",
        discussion:
            "The recovery key is one line of standard input. A file that is cut, altered or for another key "
            + "is refused whole.")

    @Argument(help: "What dakghar backup wrote.")
    var file: String

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        Interruption.listen()
        let text = try PasswordInput.readShown(
            asking: "type the recovery key; dashes and capitals do not count")
        guard let key = RecoveryKey(text: text) else {
            throw CommandFailure(
                "this is no recovery key: it has 11 groups of 5 characters; one of them is missing or wrong",
                ExitStatus.badInput)
        }
        let directory = BoxOptions.current.box
        var bar = ProgressBar("restoring", shows: !json)
        defer { bar.clear() }
        let found = try BoxRestore(directory).run(file, key: key) { (done, total) throws(BoxFailure) in
            if Interruption.happened { throw .stopped("nothing was restored") }
            bar.show(done, of: total)
        }
        bar.clear()
        let document = RestoreDocument(
            name: found.name, domain: found.domain, created: found.created, directory: directory.path)
        Terminal.write(json ? try CommandJSON.text(document) : document.human)
    }
}
