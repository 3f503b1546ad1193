internal import NIOCore
internal import NIOPosix
internal import Relay
internal import Storage

/// A box that does not run: its commands work on the files, under the directory's lock.
final class OfflineBox {
    private let lock: BoxLock
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let loop: any EventLoop
    private let opened: NIOLoopBound<Opened>

    private struct Opened {
        let box: Box
        let conversation = ControlConversation()
    }

    /// Opens everything in the directory. The lock is held until the value goes.
    init(lock: BoxLock, directory: BoxDirectory, configuration: String?) throws(BoxFailure) {
        self.lock = lock
        // The command prints its own result; only what goes wrong is worth a line beside it.
        let log = Log(level: .warning, environment: Environment.current)
        pool.start()
        let (loop, pool) = (group.next(), pool)
        self.loop = loop
        do {
            opened = try loop.submit {
                let box = try Box(
                    directory: directory, configurationPath: configuration, log: log, eventLoop: loop,
                    pool: pool)
                return NIOLoopBound(Opened(box: box), eventLoop: loop)
            }.wait()
        } catch {
            Self.shutDown(group, pool)
            throw error as? BoxFailure ?? BoxFailure(describing: error)
        }
    }

    /// Carries out one request.
    func handle(_ request: ControlRequest) -> ControlResponse {
        let (loop, opened) = (loop, opened)
        do {
            return try loop.flatSubmit { () -> EventLoopFuture<ControlResponse> in
                let promise = loop.makePromise(of: ControlResponse.self)
                let (box, conversation) = (opened.value.box, opened.value.conversation)
                box.relay.stopped = { promise.succeed(.failure(ExitStatus.failed, $0)) }
                ControlHandler(box: box, conversation: conversation).handle(request) { promise.succeed($0) }
                return promise.futureResult
            }.wait()
        } catch {
            return .failure(ExitStatus.failed, "\(error)")
        }
    }

    /// Saves the clocks, and with them all that was begun before.
    func close() {
        let (loop, opened) = (loop, opened)
        try? loop.flatSubmit { () -> EventLoopFuture<Void> in
            let promise = loop.makePromise(of: Void.self)
            let box = opened.value.box
            box.relay.stopped = { _ in promise.succeed() }
            box.store.saveClocks { _ in withExtendedLifetime(box) { promise.succeed() } }
            return promise.futureResult
        }.wait()
        Self.shutDown(group, pool)
    }

    private static func shutDown(_ group: MultiThreadedEventLoopGroup, _ pool: NIOThreadPool) {
        try? pool.syncShutdownGracefully()
        try? group.syncShutdownGracefully()
    }
}
