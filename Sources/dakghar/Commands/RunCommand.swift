internal import Appliance
internal import ArgumentParser
internal import Glibc

/// `dakghar run`
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Serve in the foreground until SIGTERM or Ctrl-C.",
        discussion: "SIGHUP reads peers, limits and certificates again and drops no session.")

    /// For `demo`: its boxes must not outlive it, however it ends.
    @Flag(help: .hidden)
    var untilInputEnds = false

    func run() throws {
        if untilInputEnds { Self.endWithInput() }
        let options = BoxOptions.current
        guard options.box.holdsABox else {
            throw CommandFailure(
                "no box in \(options.box.path): make one with dakghar init, or name another directory with --dir",
                ExitStatus.badInput)
        }
        let code = BoxRunner.run(directory: options.box, configuration: options.configuration)
        guard code == 0 else { throw ExitCode(code) }
    }

    /// The kernel sends SIGTERM when the last writer of the pipe on standard input is gone.
    private static func endWithInput() {
        let setSignal: Int32 = 10  // F_SETSIG, which the C library hides behind _GNU_SOURCE
        _ = fcntl(STDIN_FILENO, setSignal, SIGTERM)
        _ = fcntl(STDIN_FILENO, F_SETOWN, getpid())
        _ = fcntl(STDIN_FILENO, F_SETFL, O_ASYNC)
    }
}
