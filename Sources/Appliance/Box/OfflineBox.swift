internal import NIOCore
internal import NIOPosix
internal import Relay
internal import Storage

/// A box that does not run: its commands work on the files, under the directory's lock.
package enum OfflineBox {
    /// Carries out one request. The caller holds the `BoxLock`.
    package static func handle(
        _ request: ControlRequest, directory: BoxDirectory, configuration: String?
    ) -> ControlResponse {
        // The command prints its own result; only what goes wrong is worth a line beside it.
        let log = Log(level: .warning, environment: Environment.current)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        defer {
            try? pool.syncShutdownGracefully()
            try? group.syncShutdownGracefully()
        }
        let loop = group.next()
        do {
            return try loop.flatSubmit { () -> EventLoopFuture<ControlResponse> in
                let promise = loop.makePromise(of: ControlResponse.self)
                do {
                    let box = try Box(
                        directory: directory, configurationPath: configuration, log: log, eventLoop: loop,
                        pool: pool)
                    box.relay.stopped = { promise.succeed(.failure(ExitStatus.failed, $0)) }
                    ControlHandler(box: box).handle(request) { response in
                        box.store.saveClocks { _ in
                            withExtendedLifetime(box) { promise.succeed(response) }
                        }
                    }
                } catch {
                    let failure = error as? BoxFailure ?? BoxFailure(describing: error)
                    promise.succeed(.failure(failure.exitCode, failure.description))
                }
                return promise.futureResult
            }.wait()
        } catch {
            return .failure(ExitStatus.failed, "\(error)")
        }
    }
}
