import Testing

@testable import Storage

/// Account 1 has the entries with odd ids (from correspondents 10 and 11 in turn), account 2 those between.
@Suite("Pages of the archive")
actor ArchivePageTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        StoreBench.executor
    }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    private let mine: [Int64] = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]

    private func filled() async throws -> Store {
        let store = try bench.open()
        for id in 1...20 as ClosedRange<Int64> {
            var kept = KeptStanza(id: id, time: 1_000 + UInt64(id), bytes: Array("<m\(id)/>".utf8))
            let peer: Int64 = id % 4 == 1 ? 10 : 11
            kept.archives = [.init(account: id % 2 == 1 ? 1 : 2, peer: peer, incoming: id % 3 == 0)]
            store.keep(kept) { #expect($0 == nil) }
        }
        #expect(await store.settle() == nil)
        return store
    }

    private func page(
        _ store: Store, limit: Int = 50, _ change: (inout ArchiveQuery) -> Void = { _ in }
    ) throws -> (ids: [Int64], complete: Bool) {
        var query = ArchiveQuery()
        query.limit = limit
        change(&query)
        let page = try store.archivePage(account: 1, query)
        return (page.entries.map(\.id), page.complete)
    }

    @Test("forwards, page by page, every entry comes once and the last page says so")
    func forwards() async throws {
        let store = try await filled()
        var found: [Int64] = []
        var complete = false
        while !complete {
            let next = try page(store, limit: 4) { $0.after = found.last }
            #expect(next.ids.count == (next.complete ? 2 : 4))
            found += next.ids
            complete = next.complete
        }
        #expect(found == mine)
    }

    @Test("backwards, page by page, each page oldest first")
    func backwards() async throws {
        let store = try await filled()
        let last = try page(store, limit: 4) { $0.backwards = true }
        #expect(last.ids == [13, 15, 17, 19])
        #expect(!last.complete)
        let middle = try page(store, limit: 4) {
            $0.backwards = true
            $0.before = 13
        }
        #expect(middle.ids == [5, 7, 9, 11])
        #expect(!middle.complete)
        let first = try page(store, limit: 4) {
            $0.backwards = true
            $0.before = 5
        }
        #expect(first.ids == [1, 3])
        #expect(first.complete)
    }

    @Test("a page that ends with the archive is complete, also when it is full")
    func exactlyFull() async throws {
        let store = try await filled()
        #expect(try page(store, limit: 10) == (mine, true))
        #expect(try page(store, limit: 9) == (Array(mine.dropLast()), false))
        #expect(try page(store) { $0.after = 19 } == ([], true))
        #expect(try page(store, limit: 0) == ([], false))
    }

    @Test("times are inclusive, ids exclusive, a correspondent is a filter")
    func bounds() async throws {
        let store = try await filled()
        let between = try page(store) {
            $0.start = 1_005
            $0.end = 1_009
        }
        #expect(between.ids == [5, 7, 9])
        let ids = try page(store) {
            $0.after = 5
            $0.before = 11
        }
        #expect(ids.ids == [7, 9])
        #expect(try page(store) { $0.with = 10 }.ids == [1, 5, 9, 13, 17])
        #expect(try page(store) { $0.with = 99 } == ([], true))
        #expect(try page(store) { $0.end = .max }.ids == mine)
        #expect(try page(store) { $0.start = .max }.ids.isEmpty)
    }

    @Test("an entry belongs to its account alone, and comes back as it was kept")
    func entries() async throws {
        let store = try await filled()
        let entry = try #require(try store.archiveEntry(account: 1, id: 9))
        #expect(entry == ArchiveEntry(id: 9, time: 1_009, incoming: true, bytes: Array("<m9/>".utf8)))
        #expect(try store.archiveEntry(account: 2, id: 9) == nil)
        let ends = try #require(try store.archiveEnds(account: 2))
        #expect(ends.first == (2, 1_002))
        #expect(ends.last == (20, 1_020))
        #expect(try store.archiveEnds(account: 3) == nil)
    }

    @Test("a payload moved to another row does not show as that row's message")
    func swappedRows() async throws {
        let store = try await filled()
        #expect(
            await written(store.journal) {
                try $0.run("UPDATE payload SET bytes=(SELECT bytes FROM payload WHERE id=3) WHERE id=5")
            } == nil)
        #expect(throws: StorageError.self) { try store.archiveEntry(account: 1, id: 5) }
        #expect(try store.archiveEntry(account: 1, id: 3) != nil)
    }
}

/// Pages compare as wholes.
private func == (left: (ids: [Int64], complete: Bool), right: ([Int64], Bool)) -> Bool {
    left.ids == right.0 && left.complete == right.1
}
