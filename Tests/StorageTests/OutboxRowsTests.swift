import Bundles
import Testing

@testable import Storage

@Suite("Rows of the outbox")
actor OutboxRowsTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        StoreBench.executor
    }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    private static let first = Epoch(counter: 1, random: 5)
    private static let second = Epoch(counter: 2, random: 5)

    private static func row(
        _ id: Int64, _ epoch: Epoch, _ number: UInt64, kind: OutboxRow.Kind = .mail, sender: Int64 = 1,
        previous: ParcelName? = nil, lifetime: UInt64 = 1_000
    ) -> OutboxRow {
        OutboxRow(
            id: id, name: ParcelName(epoch: epoch, number: number), kind: kind, parcelClass: .chat, size: 100,
            sender: sender, recipient: 2, previous: previous, accepted: 7_000 + UInt64(id),
            entered: UInt64(id),
            lifetime: lifetime)
    }

    private func keep(_ row: OutboxRow, peer: Int64 = 1, archived: Bool = false, in store: Store) {
        var kept = KeptStanza(id: row.id, time: row.accepted, bytes: Array("<m\(row.id)/>".utf8))
        if archived { kept.archives = [.init(account: 1, peer: 2, incoming: false)] }
        kept.outbox = .init(peer: peer, row: row)
        store.keep(kept) { #expect($0 == nil) }
    }

    /// Ten parcels for peer 1 (ids 1 to 10; numbers 1 to 6 of one epoch, then 1 to 4 of the next), one for peer 2.
    private func filled() async throws -> Store {
        let store = try bench.open()
        for id in 1...6 as ClosedRange<Int64> { keep(Self.row(id, Self.first, UInt64(id)), in: store) }
        for id in 7...10 as ClosedRange<Int64> { keep(Self.row(id, Self.second, UInt64(id - 6)), in: store) }
        keep(Self.row(11, Self.first, 1), peer: 2, in: store)
        #expect(await store.settle() == nil)
        return store
    }

    private func ids(_ store: Store, peer: Int64 = 1) throws -> [Int64] {
        try store.reader.outboxPage(peer: peer, after: 0, limit: 100).map(\.id)
    }

    @Test("pages follow one another in order of acceptance, each peer's by itself")
    func pages() async throws {
        let store = try await filled()
        var found: [Int64] = []
        while true {
            let page = try store.reader.outboxPage(peer: 1, after: found.last ?? 0, limit: 4)
            if page.isEmpty { break }
            found += page.map(\.id)
        }
        #expect(found == Array(1...10))
        #expect(try ids(store, peer: 2) == [11])
    }

    @Test("a row comes back as it was kept, and no name twice for one peer")
    func roundTrip() async throws {
        let store = try bench.open()
        let before = ParcelName(epoch: Self.first, number: 3)
        var row = Self.row(5, Self.second, 1, previous: before)
        row.leftBy = .test(9)
        keep(row, in: store)
        #expect(await store.settle() == nil)
        let found = try #require(try store.reader.outboxRow(name: row.name, peer: 1))
        #expect(found.id == 5 && found.previous == before && found.leftBy == .test(9) && found.kind == .mail)
        #expect(found.accepted == row.accepted && found.entered == 5 && found.lifetime == 1_000)
        #expect(try store.payload(5) == Array("<m5/>".utf8))
        #expect(try store.reader.outboxRow(name: row.name, peer: 2) == nil)
        let database = try Database(path: bench.path, writing: true)
        #expect(throws: StorageError.self) { try database.insertOutbox(Self.row(6, Self.second, 1), peer: 1) }
    }

    @Test("an acknowledgement covers what it names, and nothing of another epoch, number or peer")
    func covered() async throws {
        let store = try await filled()
        let acknowledgement = [
            Self.first: RangeSet([1, 2, 5, 900]), Self.second: RangeSet([4]),
            Epoch(counter: 9, random: 9): RangeSet([1]),
        ]
        let rows = try store.reader.outboxRows(coveredBy: acknowledgement, peer: 1, limit: 100)
        #expect(
            try store.reader.outboxRows(coveredBy: acknowledgement, peer: 1, limit: 3).map(\.id) == [
                1, 2, 5,
            ],
            "as many as are asked for")
        #expect(rows.map(\.id) == [1, 2, 5, 10])
        #expect(rows.allSatisfy { $0.size == 100 })
        let gone = rows.map(\.id)
        #expect(await written(store.journal) { try $0.removeOutbox(ids: gone) } == nil)
        #expect(try ids(store) == [3, 4, 6, 7, 8, 9])
        #expect(try ids(store, peer: 2) == [11])
        #expect(try store.payload(1) == nil)
        #expect(try store.payload(3) != nil)
        #expect(try store.reader.outboxRows(coveredBy: acknowledgement, peer: 1, limit: 100).isEmpty)
    }

    @Test("ranges up to the highest number are taken as they are")
    func widestRange() async throws {
        let store = try await filled()
        var numbers = RangeSet()
        numbers.insert(1...UInt64.max)
        let found = try store.reader.outboxRows(coveredBy: [Self.first: numbers], peer: 1, limit: 100)
        #expect(found.map(\.id) == Array(1...6))
    }

    @Test("what the archive holds stays when the parcel is acknowledged")
    func archivedStays() async throws {
        let store = try bench.open()
        keep(Self.row(1, Self.first, 1), archived: true, in: store)
        keep(Self.row(2, Self.first, 2), in: store)
        #expect(await written(store.journal) { try $0.removeOutbox(ids: [1, 2]) } == nil)
        #expect(try store.payload(1) != nil)
        #expect(try store.payload(2) == nil)
    }

    @Test("named anew, parcels keep their numbers and predecessors, and nothing has left")
    func rename() async throws {
        let store = try await filled()
        let hub = BoxID.test(3)
        let names = [ParcelName(epoch: Self.first, number: 2)]
        #expect(await written(store.journal) { try $0.setLeft(names, peer: 1, by: hub, wall: 1) } == nil)
        #expect(try store.reader.outboxRow(id: 2)?.leftBy == hub)
        let third = Epoch(counter: 3, random: 1)
        #expect(
            await written(store.journal) { try $0.rename(peer: 1, from: Self.first, to: third) } == nil)
        let page = try store.reader.outboxPage(peer: 1, after: 0, limit: 100)
        #expect(page.map(\.id) == Array(1...10))
        #expect(page.prefix(6).map(\.name) == (1...6).map { ParcelName(epoch: third, number: $0) })
        #expect(page[0].previous == nil && page[1].leftBy == nil)
        #expect(page[6].name == ParcelName(epoch: Self.second, number: 1))
        #expect(try store.reader.highestNumber(peer: 1, epoch: third) == 6)
        #expect(try store.reader.highestNumber(peer: 2, epoch: Self.first) == 1)
    }

    @Test("a predecessor of the epoch is named anew with it, one of an older epoch is not")
    func renamedPredecessors() async throws {
        let store = try bench.open()
        let (old, third) = (ParcelName(epoch: Self.first, number: 9), Epoch(counter: 3, random: 1))
        let four = ParcelName(epoch: Self.second, number: 4)
        keep(Self.row(1, Self.second, 4, previous: old), in: store)
        keep(Self.row(2, Self.second, 5, previous: four), in: store)
        // In the same batch as the rows: what is being written is named anew, too.
        #expect(
            await written(store.journal) { try $0.rename(peer: 1, from: Self.second, to: third) } == nil)
        let page = try store.reader.outboxPage(peer: 1, after: 0, limit: 9)
        #expect(page.map(\.name.number) == [4, 5])
        #expect(page.map(\.previous) == [old, ParcelName(epoch: third, number: 4)])
    }

    @Test("what waits for a box goes to the one in its place, and nothing of others does")
    func replaced() async throws {
        let store = try await filled()
        #expect(await written(store.journal) { try $0.moveOutbox(from: 1, to: 7) } == nil)
        #expect(try ids(store, peer: 7) == Array(1...10))
        #expect(try !store.reader.outboxHolds(peer: 1))
        #expect(try ids(store, peer: 2) == [11])
    }

    @Test("a page of one peer is found by an index, however many rows wait for it or for others")
    func pagesAreIndexed() async throws {
        let store = try await filled()
        let plan = try store.reader.rows(
            "EXPLAIN QUERY PLAN SELECT * FROM outbox WHERE peer=? AND id>? ORDER BY id LIMIT ?", .integer(1),
            .integer(0), .int(1)
        ) { $0.text(3) }
        #expect(plan == ["SEARCH outbox USING INDEX outbox_peer (peer=? AND rowid>?)"])
    }

    @Test("the ends of conversations and what waits are found without sorting all of it")
    func nothingIsSorted() async throws {
        let store = try await filled()
        for query in [
            "SELECT id, sender, recipient FROM outbox WHERE peer=1 AND kind=1 ORDER BY id",
            "SELECT min(accepted) FROM outbox WHERE outbox.peer=1 AND outbox.class=1",
        ] {
            let plan = try store.reader.rows("EXPLAIN QUERY PLAN \(query)") { $0.text(3) }
            #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH outbox USING"), "\(plan)")
        }
    }

    @Test("a hub that lost its store has custody of nothing")
    func forgetLeft() async throws {
        let store = try await filled()
        let names = [1, 2].map { ParcelName(epoch: Self.first, number: $0) }
        #expect(
            await written(store.journal) { database in
                try database.setLeft([names[0]], peer: 1, by: .test(3), wall: 1)
                try database.setLeft([names[1]], peer: 1, by: .test(4), wall: 1)
                try database.forgetLeft(by: .test(3))
            } == nil)
        #expect(try store.reader.outboxRow(id: 1)?.leftBy == nil)
        #expect(try store.reader.outboxRow(id: 2)?.leftBy == .test(4))
    }

    @Test("a skipped notice is a row like mail, but ends no conversation")
    func skipped() async throws {
        let store = try bench.open()
        keep(Self.row(1, Self.first, 1, sender: 1), in: store)
        keep(Self.row(2, Self.first, 2, sender: 1), in: store)
        keep(Self.row(3, Self.first, 3, sender: 7), in: store)
        keep(Self.row(4, Self.first, 4, kind: .skipped, sender: 0), in: store)
        #expect(await store.settle() == nil)
        #expect(try store.reader.outboxPage(peer: 1, after: 3, limit: 9).map(\.kind) == [.skipped])
        let ends = try store.reader.conversationEnds(peer: 1)
        #expect(Set(ends.map(\.sender)) == [1, 7])
        #expect(ends.first { $0.sender == 1 }?.name == ParcelName(epoch: Self.first, number: 2))
    }

    @Test("rows run out when their service time has passed, and depth counts what is left")
    func expiryAndDepth() async throws {
        let store = try await filled()
        #expect(try store.reader.expiredOutbox(at: 1_000, limit: 10).isEmpty)
        #expect(try store.reader.expiredOutbox(at: 1_003, limit: 10).map(\.row.id) == [1, 2, 3])
        #expect(try store.reader.expiredOutbox(at: 9_999, limit: 2).map(\.row.id) == [1, 2])
        let depths = try store.reader.queueDepths()
        #expect(
            depths.contains(QueueDepth(peer: 1, parcelClass: .chat, parcels: 10, bytes: 1_000, oldest: 7_001))
        )
        #expect(depths.count == 2)
    }

    @Test("how much waits is known without counting, and is what counting finds")
    func depthFollows() async throws {
        let store = try await filled()
        for number in 20...29 as ClosedRange<UInt64> {
            keep(Self.row(Int64(100 + number), Self.second, number), in: store)
        }
        #expect(
            await written(store.journal) { database in
                try database.removeOutbox(ids: [2, 3, 120])
                // Number 1 is taken at peer 2 already: that row stays where it is.
                try database.moveOutbox(from: 1, to: 2)
            } == nil)
        let counted = try store.reader.rows(
            "SELECT peer, class, count(*), sum(size), min(accepted) FROM outbox GROUP BY peer, class"
        ) { row in
            [row.int(0), row.int(1), row.int(2), row.int(3), row.int(4)]
        }
        let known = try store.reader.queueDepths().map {
            [Int($0.peer), Int($0.parcelClass.rawValue), $0.parcels, $0.bytes, Int($0.oldest)]
        }
        #expect(known == counted)
        #expect(known.map { $0[2] } == [1, 17])
    }
}
