internal import Glibc
internal import Synchronization

/// Ctrl-C and its like, for commands that have something to do before they end.
enum Interruption {
    private static let flag = Atomic<Bool>(false)

    /// Whether one of the signals came since `listen`.
    static var happened: Bool { flag.load(ordering: .relaxed) }

    /// From now on SIGINT, SIGTERM and SIGHUP only set the flag and interrupt what blocks.
    static func listen() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interruption.flag.store(true, ordering: .relaxed) }
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaction(number, &action, nil) }
    }
}
