internal import Appliance
internal import ArgumentParser

/// `dakghar update settle`: what the unit does before each start, with the executable before the last update.
struct UpdateSettleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle", abstract: "Before a start: keep a new program, or put the one before back.",
        discussion: "dakghar.service does this; by hand it is seldom needed.")

    @Option(help: ArgumentHelp("The executable in question, if not this one.", valueName: "path"))
    var program: String?

    func run() throws {
        let files = try UpdateProgram.files(program)
        switch try UpdateSettlement(files, BoxOptions.current.box).settle() {
        case .none, .settled: break
        case .onTrial(let starts):
            Terminal.complain(
                "\(files.program) is on trial, start \(starts) of \(UpdateSettlement.starts)")
        case .rolledBack(let version):
            Terminal.complain(
                "version \(version) did not serve in \(UpdateSettlement.starts) starts: the one before is back "
                    + "in \(files.program)")
        }
    }
}
