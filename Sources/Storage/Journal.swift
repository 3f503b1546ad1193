package import NIOCore
package import NIOPosix
internal import Synchronization

/// Group commit: jobs that arrive while a transaction is being synced wait for the next one, which
/// takes all of them. Lives on the event loop; only the jobs run on the writer's thread.
package final class Journal {
    /// Runs on the writer's thread inside the batch's transaction.
    package typealias Job = @Sendable (Database) throws -> Void
    /// Runs on the event loop after the batch was synced, or with the reason why nothing of it was written.
    package typealias Completion = (StorageError?) -> Void

    /// Counts since the start, for `status` and the benchmarks.
    package struct Counts: Sendable {
        package var jobs = 0
        package var commits = 0
    }

    package private(set) var counts = Counts()
    private let eventLoop: any EventLoop
    private let pool: NIOThreadPool
    private let writer: Writer
    private var jobs: [Job] = []
    private var completions: [Completion] = []
    private var inFlight: [Completion] = []
    private var saving: [ObjectIdentifier: () -> Job?] = [:]
    private var busy = false
    private var scheduled = false
    /// Why nothing is written any more.
    private var failure: StorageError?
    private var dirty: [ObjectIdentifier: () -> Job?] = [:]
    /// Called once, on the loop, when a write or sync failed for another reason than a full disk.
    package var broken: (StorageError) -> Void = { _ in }
    /// Called on the loop after a full disk refused a batch, before those who waited for it are told.
    var refused: () -> Void = {}

    package init(database: sending Database, eventLoop: any EventLoop, pool: NIOThreadPool) {
        self.eventLoop = eventLoop
        self.pool = pool
        self.writer = Writer(database: database)
    }

    /// Appends a job; `then` runs when it is on the disk. Order of jobs is order of calls. After a failed write
    /// or sync nothing is written any more, and `then` gets that failure.
    package func commit(_ job: @escaping Job, then completion: @escaping Completion = { _ in }) {
        if let failure {
            eventLoop.assumeIsolated().execute { completion(failure) }
            return
        }
        jobs.append(job)
        completions.append(completion)
        guard !busy, !scheduled else { return }
        scheduled = true
        // At the end of this tick: everything that was read from the sockets in it goes in one batch.
        eventLoop.assumeIsolated().execute { self.handOver() }
    }

    /// Remembers that `owner` has state to save with the next batch; `make` is asked once, when the
    /// batch closes, so that many changes cost one write. `urgent` opens a batch for it.
    package func mark(_ owner: AnyObject, urgent: Bool, save make: @escaping () -> Job?) {
        dirty[ObjectIdentifier(owner)] = make
        if urgent { commit({ _ in }) }
    }

    /// True when nothing waits and nothing is being written.
    package var isIdle: Bool { jobs.isEmpty && dirty.isEmpty && !busy }

    private func handOver() {
        scheduled = false
        guard !busy, !jobs.isEmpty else { return }
        busy = true
        for make in dirty.values {
            guard let job = make() else { continue }
            jobs.append(job)
            completions.append({ _ in })
        }
        swap(&saving, &dirty)
        let batch = jobs
        inFlight = completions
        jobs.removeAll(keepingCapacity: true)
        completions = []
        counts.jobs += batch.count
        counts.commits += 1
        let writer = writer
        pool.runIfActive(eventLoop: eventLoop) { writer.write(batch) }
            .assumeIsolated()
            .whenComplete { self.finished($0) }
    }

    private func finished(_ result: Result<StorageError?, any Error>) {
        busy = false
        var done = inFlight
        inFlight = []
        let failure: StorageError?
        switch result {
        case .success(let error): failure = error
        case .failure(let error): failure = .broken(code: 0, text: "\(error)")
        }
        if let failure, failure != .full {
            // Never retried: after a failed sync nobody knows what the disk holds.
            self.failure = failure
            jobs = []
            completions = []
            broken(failure)
            return
        }
        if failure != nil {
            // What owners had to save was refused too: they are asked again with the next batch.
            dirty.merge(saving) { newer, _ in newer }
            // What waits was made in the belief that this batch is on the disk: it falls with it.
            done += completions
            jobs = []
            completions = []
            refused()
        }
        saving.removeAll(keepingCapacity: true)
        for completion in done { completion(failure) }
        if !jobs.isEmpty { handOver() }
    }
}

/// The writing connection, which only the writer's thread touches.
private final class Writer: Sendable {
    private let database: Mutex<Database>

    init(database: sending Database) { self.database = Mutex(database) }

    func write(_ batch: [Journal.Job]) -> StorageError? {
        database.withLock { database -> StorageError? in
            do throws(StorageError) {
                try database.transaction { database in
                    for job in batch { try job(database) }
                }
                return nil
            } catch {
                return error
            }
        }
    }
}
