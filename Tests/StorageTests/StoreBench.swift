import Bundles
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import XMPP

@testable import Storage

/// A directory with a database for one test, and the event loop that every suite here runs on: suites
/// are actors whose executor is that loop, so that they may use the store as the box does.
final class StoreBench: Sendable {
    static let loop: any EventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
    static var executor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()

    let directory: String
    var path: String { directory + "/box.db" }

    init() throws {
        var template = Array("/tmp/dakghar-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw StorageError.broken(code: errno, text: "no test directory")
        }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    static func cipher(_ byte: UInt8 = 7) throws -> PayloadCipher {
        guard let cipher = PayloadCipher(key: [UInt8](repeating: byte, count: 32)) else {
            throw StorageError.damaged("no cipher")
        }
        return cipher
    }

    /// Opens the store; called on the loop.
    func open(wallFloor: UInt64 = 0) throws -> Store {
        try Store(
            path: path, cipher: Self.cipher(), eventLoop: Self.loop, pool: Self.pool, wallFloor: wallFloor)
    }

    /// A journal of its own over the migrated database; `maxPages` makes its disk full.
    func journal(extraPages: Int? = nil) throws -> Journal {
        let database = try Database(path: path, writing: true)
        try Schema.migrate(database)
        if let extraPages {
            let used = try database.first("PRAGMA page_count") { $0.int(0) } ?? 0
            try database.execute("PRAGMA max_page_count=\(used + extraPages)")
        }
        return Journal(database: database, eventLoop: Self.loop, pool: Self.pool)
    }

    func reader() throws -> Database { try Database(path: path, writing: false) }
}

/// Waits for a commit: nil when it is on the disk.
func written(
    _ journal: Journal, isolation: isolated (any Actor)? = #isolation, _ job: @escaping Journal.Job
) async -> StorageError? {
    await withCheckedContinuation { continuation in
        journal.commit(job) { continuation.resume(returning: $0) }
    }
}

extension Store {
    /// Waits until everything that was committed before is on the disk.
    func settle(isolation: isolated (any Actor)? = #isolation) async -> StorageError? {
        await written(journal) { _ in }
    }
}

extension BoxID {
    /// A box of a test.
    static func test(_ byte: UInt8) -> BoxID { BoxID(identityKey: [byte]) }
}
