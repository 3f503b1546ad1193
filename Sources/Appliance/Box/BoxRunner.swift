internal import CMalloc
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Relay
internal import Storage

/// `dakghar run`: a serving box in the foreground.
package enum BoxRunner {
    /// Serves until SIGTERM or SIGINT; SIGHUP reloads.
    /// - Returns: the exit code.
    package static func run(directory: BoxDirectory, configuration: String?) -> Int32 {
        let log = Log(environment: Environment.current)
        prepareProcess()
        let lock: BoxLock
        do {
            lock = try BoxLock(directory)
        } catch {
            log.error(error.description)
            return error.exitCode
        }
        defer { withExtendedLifetime(lock) {} }
        let signals = blockSignals()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let loop = group.next()
        do {
            let serving = try loop.submit {
                NIOLoopBound(
                    try ServingBox(
                        directory: directory, configurationPath: configuration, log: log, eventLoop: loop,
                        pool: pool),
                    eventLoop: loop)
            }.wait()
            try loop.flatSubmit { serving.value.start() }.wait()
            waitForTheEnd(signals, loop, serving)
            try loop.flatSubmit { serving.value.stop() }.wait()
            return 0
        } catch {
            let failure = error as? BoxFailure ?? BoxFailure(describing: error)
            log.error(failure.description)
            return failure.exitCode
        }
    }

    /// Small machines: two arenas are enough for two threads.
    private static func prepareProcess() {
        signal(SIGPIPE, SIG_IGN)
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_TRIM_THRESHOLD, 1 << 20)
    }

    /// Every thread that comes later leaves these signals to `sigwait`.
    private static func blockSignals() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        return set
    }

    private static func waitForTheEnd(
        _ signals: sigset_t, _ loop: any EventLoop, _ serving: NIOLoopBound<ServingBox>
    ) {
        var signals = signals
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { return }
            guard number == SIGHUP else { return }
            loop.execute { serving.value.reload() }
        }
    }
}
