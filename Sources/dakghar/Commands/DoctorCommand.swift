internal import Appliance
internal import ArgumentParser

/// `dakghar doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at clock, disk, certificates, ports, peers, backups and names, and say what to do.",
        discussion: "It ends with 1 if something is broken.")

    @Option(
        help: ArgumentHelp(
            "Whom the phones ask for names, if not the one that this machine asks.", valueName: "ip"))
    var resolver: String?

    @Flag(help: "Print the JSON document.")
    var json = false

    func validate() throws {
        if let resolver, !LANNames.isAddress(resolver) {
            throw ValidationError("'\(resolver)' is no IP address")
        }
    }

    func run() throws {
        let options = BoxOptions.current
        let configuration = try Configuration.load(options.configuration ?? options.box.configuration)
        let facts = try BoxRequest.decode(BoxFacts.self, try BoxRequest.send("doctor"))
        let findings = Doctor(options.box, configuration, facts, resolver: resolver).findings()
        let document = DoctorDocument(findings)
        Terminal.write(json ? try CommandJSON.text(document) : document.human)
        guard !document.broken else { throw ExitCode(ExitStatus.failed) }
    }
}
