import Bundles
import Testing

@testable import Storage

@Suite("The store over restarts")
actor StoreTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        StoreBench.executor
    }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    @Test(
        "ids that were on the disk are never given again, also when their rows are gone and nothing was saved"
    )
    func idsAreNotReused() async throws {
        var highest: Int64 = 0
        for kind in 0..<4 {
            let store = try bench.open()
            let ids = (0..<5).map { _ in store.takeID() }
            #expect(ids == Array(ids[0]..<ids[0] + 5))
            #expect(ids[0] > highest, "run \(kind)")
            highest = ids[4]
            let last = highest
            switch kind {
            case 0:
                var kept = KeptStanza(id: last, time: 1, bytes: [1])
                kept.archives = [.init(account: 1, peer: 1, incoming: true)]
                store.keep(kept) { _ in }
            case 1:
                var kept = KeptStanza(id: last, time: 1, bytes: [1])
                kept.outbox = .init(peer: 1, row: outboxRow(last, store.epoch))
                store.keep(kept) { _ in }
                store.journal.commit({ try $0.removeOutbox(ids: [last]) })
            case 2:
                let row = TransitRow(
                    id: last, origin: .test(1), destination: .test(2), parcelClass: .chat, held: 0,
                    entered: 0, size: 1)
                store.keep(transit: row, lifetimeMs: 1, bytes: [1]) { _ in }
                store.journal.commit({ try $0.removeTransit(ids: [last]) })
            default: store.saveClocks()
            }
            #expect(await store.settle() == nil)
        }
        #expect(try bench.open().takeID() > highest)
    }

    private func outboxRow(_ id: Int64, _ epoch: Epoch) -> OutboxRow {
        OutboxRow(
            id: id, name: ParcelName(epoch: epoch, number: 1), kind: .mail, parcelClass: .chat, size: 1,
            sender: 1,
            recipient: 1, previous: nil, accepted: 1, entered: 1, lifetime: 1)
    }

    @Test("every start draws a higher epoch, the store's name stays")
    func epochs() throws {
        var epochs: [Epoch] = []
        var names: Set<UInt64> = []
        for _ in 0..<4 {
            let store = try bench.open()
            epochs.append(store.epoch)
            names.insert(store.storeID)
        }
        #expect(epochs == epochs.sorted())
        #expect(Set(epochs.map(\.counter)).count == 4)
        #expect(names.count == 1)
        #expect(try StoreBench().open().storeID != names.first)
    }

    @Test("an epoch drawn above a peer's claim outlives the restart")
    func drawnEpoch() async throws {
        let store = try bench.open()
        let claim = Epoch(counter: store.epoch.counter + 50, random: 1)
        store.drawEpoch(above: claim)
        #expect(store.epoch > claim)
        #expect(await store.settle() == nil)
        #expect(try bench.open().epoch > store.epoch)
    }

    @Test("wall time never runs backwards, also when the machine's clock did over a restart")
    func wallTime() async throws {
        let ahead = Clocks.wall() + 86_400_000
        let store = try bench.open(wallFloor: ahead)
        let first = store.wallNow()
        #expect(first >= ahead)
        #expect(store.wallNow() >= first)
        store.saveClocks()
        #expect(await store.settle() == nil)
        #expect(try bench.open().wallNow() >= first)
        #expect(try StoreBench().open().wallNow() < ahead)
    }

    @Test("after a crash wall time begins no earlier than the newest message that was archived")
    func wallTimeAfterACrash() async throws {
        let ahead = Clocks.wall() + 3_600_000
        do {
            let store = try bench.open()
            store.addAccount(localpart: "minister", admin: false, sha1: [1], sha256: [2]) { _ in }
            #expect(await store.settle() == nil)
            var kept = KeptStanza(id: store.takeID(), time: ahead, bytes: [1])
            kept.archives = [
                .init(account: try #require(store.account("minister")).id, peer: 1, incoming: true)
            ]
            store.keep(kept) { _ in }
            #expect(await store.settle() == nil)
        }
        #expect(try bench.open().wallNow() >= ahead)
    }

    @Test("names of a batch that a full disk refused are given again, to the same or to nobody")
    func refusedNames() async throws {
        let store = try bench.open()
        var box: Int64 = 0
        let error = await withCheckedContinuation { (done: CheckedContinuation<StorageError?, Never>) in
            box = store.number(of: BoxID.test(1))
            _ = try? store.number(of: "minister@one.example")
            store.journal.commit({ _ in throw StorageError.full }) { done.resume(returning: $0) }
        }
        #expect(error == .full)
        let minister = try store.number(of: "minister@one.example")
        #expect(store.number(of: BoxID.test(1)) == box)
        #expect(await store.settle() == nil)
        let again = try bench.open()
        #expect(again.number(of: BoxID.test(1)) == box)
        #expect(try again.knownNumber(of: "minister@one.example") == minister)
    }

    @Test("mail that waits only behind others of its conversation is kept without a predecessor")
    func waitingWithoutPredecessor() async throws {
        let store = try bench.open()
        let epoch = Epoch(counter: 1, random: 1)
        let names = (1...3 as ClosedRange<UInt64>).map { ParcelName(epoch: epoch, number: $0) }
        for (name, previous) in [(names[1], names[0]), (names[2], nil)] as [(ParcelName, ParcelName?)] {
            let kept = KeptStanza(id: store.takeID(), time: 1, bytes: [1])
            store.keep(
                waiting: kept, WaitingRow(name: name, previous: previous, accepted: 1, payload: kept.id),
                peer: 1)
        }
        #expect(await store.settle() == nil)
        #expect(try store.reader.waiting(peer: 1).map(\.previous) == [names[0], nil])
    }

    @Test("a removed account leaves what another's archive and the outbox still need")
    func sharedPayloads() async throws {
        let store = try bench.open()
        for name in ["one", "two"] {
            store.addAccount(localpart: name, admin: false, sha1: [1], sha256: [2]) { _ in }
        }
        #expect(await store.settle() == nil)
        let one = try #require(store.account("one"))
        let two = try #require(store.account("two"))
        var shared = KeptStanza(id: store.takeID(), time: 1, bytes: [1])
        shared.archives = [one, two].map { .init(account: $0.id, peer: 1, incoming: $0 == two) }
        var leaving = KeptStanza(id: store.takeID(), time: 1, bytes: [2])
        leaving.archives = [.init(account: one.id, peer: 1, incoming: false)]
        leaving.outbox = .init(peer: 1, row: outboxRow(leaving.id, store.epoch))
        for stanza in [shared, leaving] { store.keep(stanza) { _ in } }
        store.removeAccount(one) { #expect($0 == nil) }
        #expect(await store.settle() == nil)
        #expect(try store.payload(shared.id) != nil && store.payload(leaving.id) != nil)
        store.removeAccount(two) { #expect($0 == nil) }
        let acknowledged = leaving.id
        #expect(await written(store.journal) { try $0.removeOutbox(ids: [acknowledged]) } == nil)
        #expect(try store.payload(shared.id) == nil && store.payload(leaving.id) == nil)
    }

    @Test("service time counts on from where it was saved")
    func serviceTime() async throws {
        do {
            let store = try bench.open()
            #expect(await written(store.journal) { try $0.setMeta("service", .int(5_000_000)) } == nil)
        }
        let now = try bench.open().serviceClock.now()
        #expect(now >= 5_000_000 && now < 5_060_000)
    }

    @Test("a name has one number, before and after its commit and after a restart")
    func numbers() async throws {
        let store = try bench.open()
        let minister = try store.number(of: "minister@one.example")
        let clerk = try store.number(of: "clerk@one.example")
        #expect(minister != clerk)
        #expect(try store.number(of: "minister@one.example") == minister)
        #expect(store.number(of: BoxID.test(1)) == store.number(of: BoxID.test(1)))
        #expect(store.number(of: BoxID.test(1)) != store.number(of: BoxID.test(2)))
        #expect(await store.settle() == nil)
        let again = try bench.open()
        #expect(try again.number(of: "clerk@one.example") == clerk)
        #expect(try again.knownNumber(of: "nobody@one.example") == nil)
        #expect(again.number(of: BoxID.test(2)) == store.number(of: BoxID.test(2)))
        #expect(try again.number(of: "third@one.example") > clerk)
    }

    @Test("a removed account takes its things along and leaves its number unused")
    func accounts() async throws {
        let store = try bench.open()
        store.addAccount(localpart: "minister", admin: true, sha1: [1], sha256: [2]) { #expect($0 == nil) }
        #expect(store.account("minister") == nil, "not before it is on the disk")
        #expect(await store.settle() == nil)
        let account = try #require(store.account("minister"))
        var kept = KeptStanza(id: store.takeID(), time: 1, bytes: [1])
        kept.archives = [.init(account: account.id, peer: 1, incoming: true)]
        store.keep(kept) { _ in }
        store.removeAccount(account) { #expect($0 == nil) }
        #expect(await store.settle() == nil)
        #expect(try store.payload(kept.id) == nil)
        let again = try bench.open()
        #expect(again.accounts.isEmpty)
        again.addAccount(localpart: "minister", admin: false, sha1: [1], sha256: [2]) { _ in }
        #expect(await again.settle() == nil)
        #expect(try #require(again.account("minister")).id > account.id)
    }

    @Test("two processes do not write one database: the second is told")
    func busy() async throws {
        _ = try bench.open()
        let other = try Database(path: bench.path, writing: true)
        try other.execute("PRAGMA busy_timeout=10")
        let holder = try Database(path: bench.path, writing: true)
        try holder.execute("BEGIN IMMEDIATE")
        #expect(throws: StorageError.busy) { try other.execute("BEGIN IMMEDIATE") }
    }
}
