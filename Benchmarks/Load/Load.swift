internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The load generator of the benchmarks: pairs of XMPP clients that write and read as fast as the
/// server acknowledges, or at a rate; or clients that only stay connected.
@main
enum Load {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do {
            let options = try LoadOptions(Array(CommandLine.arguments.dropFirst()))
            print(try run(options))
        } catch {
            note("dakghar-load: \(error)")
            exit(1)
        }
    }

    private static func run(_ options: LoadOptions) throws -> String {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let promise = loop.makePromise(of: String.self)
        let running = try loop.submit {
            let run = try LoadRun(options, eventLoop: loop, result: promise)
            run.start()
            // Held until the end: clients refer to the run without owning it.
            return NIOLoopBound(run, eventLoop: loop)
        }.wait()
        defer { withExtendedLifetime(running) {} }
        return try promise.futureResult.wait()
    }
}

/// Writes a line on standard error.
func note(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, line, line.count)
}
