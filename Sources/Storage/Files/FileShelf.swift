internal import Glibc
package import NIOCore
internal import NIOPosix

/// The folder with the files, and the one thread that reads and writes them: the disk may be slow, the
/// relay's loop never waits for it.
package final class FileShelf {
    package let folder: String
    private let loop: any EventLoop
    private lazy var pool = Self.start()
    private var attempts = 0

    package init(folder: String, loop: any EventLoop) {
        self.folder = folder
        self.loop = loop
        mkdir(folder, 0o700)
    }

    /// Started with the first use: a box that serves no files does without the thread.
    private static func start() -> NIOThreadPool {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }

    /// Files are named by numbers that the box gives: no name of a client ever becomes a path.
    package func path(_ id: Int64) -> String { "\(folder)/\(id).file" }

    /// A file of another box, whole or in parts.
    package func path(replica id: Int64) -> String { "\(folder)/\(id).copy" }

    package func newAttempt() -> Int {
        attempts += 1
        return attempts
    }

    /// Runs `work` on the files' thread, `then` back on the loop.
    package func run<T: Sendable>(
        _ work: @escaping @Sendable () throws -> T, then: @escaping (Result<T, any Error>) -> Void
    ) {
        pool.runIfActive(eventLoop: loop, work).assumeIsolated().whenComplete(then)
    }

    package func remove(_ path: String) { run({ unlink(path) }) { _ in } }

    /// Removes every file that has no row. `newest`: later files are not looked at, they may be on
    /// their way.
    package func sweep(keeping ids: [Int64], newest: Int64, receiving: Set<Int64>) {
        let folder = folder
        let kept = Set(ids).union(receiving)
        run({
            guard let directory = opendir(folder) else { return }
            defer { closedir(directory) }
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
                    String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard let id = Int64(name.prefix { $0 != "." }), id <= newest,
                    !kept.contains(id) || name.hasSuffix(".part") && !receiving.contains(id)
                else { continue }
                unlink("\(folder)/\(name)")
            }
        }) { _ in }
    }
}
