import Testing

@testable import Storage

@Suite("Archives that end")
actor RetentionTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        StoreBench.executor
    }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    /// Two accounts; each of the messages 1 to `count` is in both archives, at the time of its number.
    private func filled(_ count: Int64) async throws -> Store {
        let store = try bench.open()
        for name in ["alice", "carol"] {
            store.addAccount(localpart: name, admin: false, sha1: [1], sha256: [1]) { #expect($0 == nil) }
        }
        #expect(await store.settle() == nil)
        let accounts = store.accounts.map(\.id)
        for id in 1...count {
            var kept = KeptStanza(id: id, time: UInt64(id), bytes: [1])
            kept.archives = accounts.map { .init(account: $0, peer: 10, incoming: false) }
            store.keep(kept) { #expect($0 == nil) }
        }
        #expect(await store.settle() == nil)
        return store
    }

    private func sweep(_ store: Store, before wall: UInt64) async -> Result<Int, StorageError> {
        await withCheckedContinuation { continuation in
            store.sweepArchives(before: wall) { continuation.resume(returning: $0) }
        }
    }

    private func left(_ store: Store) throws -> [Int64] {
        try store.reader.rows("SELECT id FROM payload ORDER BY id") { $0.int64(0) }
    }

    @Test("what is older goes from all archives with its bytes, what is newer stays")
    func sweeps() async throws {
        let store = try await filled(1_200)
        #expect(await sweep(store, before: 1) == .success(0))
        #expect(await sweep(store, before: 1_101) == .success(2_200))
        #expect(try left(store) == Array(1_101...1_200))
        let page = try store.archivePage(account: store.accounts[0].id, ArchiveQuery())
        #expect(page.entries.first?.id == 1_101)
        #expect(await sweep(store, before: 1_101) == .success(0))
    }

    @Test("an entry that only one archive has lost keeps its bytes")
    func shared() async throws {
        let store = try await filled(2)
        let account = store.accounts[0].id
        store.journal.commit({ try $0.removeArchived(.account(account), [1]) })
        #expect(await store.settle() == nil)
        #expect(try left(store) == [1, 2])
        #expect(await sweep(store, before: 2) == .success(1))
        #expect(try left(store) == [2])
    }
}
