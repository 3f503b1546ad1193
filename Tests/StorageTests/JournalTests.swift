import Glibc
import NIOCore
import Synchronization
import Testing

@testable import Storage

@Suite("The journal")
actor JournalTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        StoreBench.executor
    }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    private static func set(_ key: String, _ value: Int) -> Journal.Job {
        { try $0.setMeta(key, .int(value)) }
    }

    @Test("a hundred jobs of one turn are one commit")
    func groupsOneTurn() async throws {
        let journal = try bench.journal()
        for number in 1..<100 { journal.commit(Self.set("k\(number)", number)) }
        #expect(await written(journal, Self.set("k100", 100)) == nil)
        #expect(journal.counts.jobs == 100)
        #expect(journal.counts.commits == 1)
        #expect(try bench.reader().metaInt("k1") == 1)
    }

    @Test("jobs that come while a batch is being synced are one batch more")
    func groupsWhileBusy() async throws {
        let journal = try bench.journal()
        let gate = Gate()
        journal.commit({ _ in gate.wait() })
        // One turn of the loop later the first batch is with the writer, where it waits at the gate.
        await withCheckedContinuation { turn in StoreBench.loop.execute { turn.resume() } }
        #expect(!journal.isIdle)
        for number in 1..<20 { journal.commit(Self.set("k\(number)", number)) }
        gate.open()
        #expect(await written(journal, Self.set("k20", 20)) == nil)
        #expect(journal.counts.commits == 2)
        #expect(journal.isIdle)
    }

    @Test("completions run in order, each after its batch can be read by others")
    func completesInOrderAfterSync() async throws {
        let journal = try bench.journal()
        let reader = try bench.reader()
        var seen: [Int] = []
        var read: [Int64?] = []
        for number in 1...10 {
            journal.commit(Self.set("k\(number)", number)) { error in
                #expect(error == nil)
                seen.append(number)
                read.append(try? reader.metaInt("k\(number)"))
            }
        }
        #expect(seen.isEmpty)
        #expect(await written(journal) { _ in } == nil)
        #expect(seen == Array(1...10))
        #expect(read == (1...10).map { Int64($0) })
    }

    @Test("a completion that commits again gets a later batch")
    func completionMayCommit() async throws {
        let journal = try bench.journal()
        let error = await withCheckedContinuation { (done: CheckedContinuation<StorageError?, Never>) in
            journal.commit(Self.set("first", 1)) { _ in
                journal.commit(Self.set("second", 2)) { done.resume(returning: $0) }
            }
        }
        #expect(error == nil)
        #expect(journal.counts.commits == 2)
        #expect(try bench.reader().metaInt("second") == 2)
    }

    @Test("an owner with many changes is asked once for each batch")
    func asksOwnersOnce() async throws {
        let journal = try bench.journal()
        let owner = Owner()
        for _ in 0..<50 { owner.change(in: journal) }
        #expect(owner.asked == 0)
        #expect(await written(journal) { _ in } == nil)
        #expect(owner.asked == 1)
        #expect(try bench.reader().metaInt("owner") == 50)
        #expect(await written(journal) { _ in } == nil)
        #expect(owner.asked == 1)
        owner.change(in: journal)
        #expect(await written(journal) { _ in } == nil)
        #expect(owner.asked == 2)
    }

    @Test("an urgent owner opens a batch by itself")
    func urgentOwnerOpensBatch() async throws {
        let journal = try bench.journal()
        let owner = Owner()
        owner.change(in: journal, urgent: true)
        #expect(await written(journal) { _ in } == nil)
        #expect(journal.counts.commits == 1)
        #expect(owner.asked == 1)
    }

    @Test("a full disk refuses the batch whole, tells everyone, and later batches work again")
    func fullDisk() async throws {
        let journal = try bench.journal(extraPages: 8)
        journal.broken = { Issue.record("a full disk is no reason to stop: \($0)") }
        let owner = Owner()
        owner.change(in: journal)
        var told: [StorageError?] = []
        journal.commit(Self.set("before", 1)) { told.append($0) }
        journal.commit({ try $0.setMeta("large", .blob([UInt8](repeating: 1, count: 200_000))) }) {
            told.append($0)
        }
        journal.commit(Self.set("after", 1)) { told.append($0) }
        #expect(await written(journal, Self.set("last", 1)) == .full)
        #expect(told == [.full, .full, .full])
        for key in ["before", "large", "after", "last", "owner"] {
            #expect(try bench.reader().metaBlob(key) == nil, "\(key)")
        }
        #expect(await written(journal, Self.set("later", 2)) == nil)
        #expect(try bench.reader().metaInt("later") == 2)
        #expect(
            try bench.reader().metaInt("owner") == 1, "what an owner had to save goes with the next batch")
        #expect(journal.isIdle)
    }

    @Test("what waits behind a refused batch falls with it, and only what comes after is written")
    func refusedWithTheBatch() async throws {
        let journal = try bench.journal(extraPages: 8)
        let gate = Gate()
        var told: [StorageError?] = []
        var refusals = 0
        journal.refused = { refusals += 1 }
        journal.commit({ database in
            gate.wait()
            try database.setMeta("large", .blob([UInt8](repeating: 1, count: 200_000)))
        }) { told.append($0) }
        await withCheckedContinuation { turn in StoreBench.loop.execute { turn.resume() } }
        // It rests on what the first one says, which the disk will not hold.
        journal.commit(Self.set("rests", 1)) { told.append($0) }
        gate.open()
        #expect(await written(journal, Self.set("too", 1)) == .full)
        #expect(told == [.full, .full])
        #expect(refusals == 1)
        #expect(await written(journal, Self.set("later", 1)) == nil)
        #expect(try bench.reader().metaInt("rests") == nil)
        #expect(try bench.reader().metaInt("later") == 1)
    }

    @Test("any other failure stops the journal: nobody is told that it worked")
    func brokenWrite() async throws {
        let journal = try bench.journal()
        let error = await withCheckedContinuation { (done: CheckedContinuation<StorageError, Never>) in
            journal.broken = { done.resume(returning: $0) }
            journal.commit(Self.set("lost", 1)) { _ in Issue.record("a completion ran") }
            journal.commit({ _ in throw StorageError.broken(code: 10, text: "disk I/O error") })
        }
        #expect(error == .broken(code: 10, text: "disk I/O error"))
        #expect(try bench.reader().metaInt("lost") == nil)
        let commits = journal.counts.commits
        #expect(await written(journal, Self.set("after", 1)) == error, "whoever asks later is told why")
        #expect(journal.counts.commits == commits)
        #expect(try bench.reader().metaInt("after") == nil)
    }
}

/// Where a job on the writer's thread waits until the test goes on.
private final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }
    func wait() { while !isOpen.load(ordering: .acquiring) { usleep(500) } }
}

/// State that counts its changes and is saved with the next batch.
private final class Owner {
    private var changes = 0
    private(set) var asked = 0

    func change(in journal: Journal, urgent: Bool = false) {
        changes += 1
        journal.mark(self, urgent: urgent) {
            self.asked += 1
            let value = self.changes
            return { try $0.setMeta("owner", .int(value)) }
        }
    }
}
