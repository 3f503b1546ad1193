internal import Appliance
internal import ArgumentParser

/// `dakghar update apply`
struct UpdateApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Put the program of a signed update file in the place of this one.",
        discussion:
            "It takes effect at the next start of the box. Until it has served for a while there, it is on "
            + "trial: if it fails, the one before comes back by itself.")

    @Argument(help: "The update file.")
    var file: String

    @Flag(help: "Take an older version, too.")
    var allowDowngrade = false

    @Option(help: ArgumentHelp("The executable to replace, if not this one.", valueName: "path"))
    var program: String?

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        Interruption.listen()
        let options = BoxOptions.current
        let configuration = try Configuration.load(options.configuration ?? options.box.configuration)
        guard !configuration.updates.keys.isEmpty else {
            throw CommandFailure(
                "the configuration names nobody whose updates this box takes: put the maker's public key into "
                    + "keys of [updates]", ExitStatus.notPermitted)
        }
        let files = try UpdateProgram.files(program)
        var bar = ProgressBar("updating", shows: !json)
        defer { bar.clear() }
        let update = ProgramUpdate(files, keys: configuration.updates.keys)
        let outcome = try update.apply(file, allowDowngrade: allowDowngrade) {
            (done, total) throws(BoxFailure) in
            if Interruption.happened { throw .stopped("nothing was changed") }
            bar.show(done, of: total)
        }
        bar.clear()
        let document = UpdateDocument(
            from: ProgramVersion.text, to: outcome.version.description, program: files.program,
            previous: files.previous, applied: outcome.isApplied)
        Terminal.write(json ? try CommandJSON.text(document) : document.human)
    }
}

/// Which executable is meant.
enum UpdateProgram {
    static func files(_ path: String?) throws(CommandFailure) -> ProgramFiles {
        if let path { return ProgramFiles(path) }
        guard let own = ProgramFiles.own else {
            throw CommandFailure("this program does not know where it lies: name it with --program")
        }
        return own
    }
}
