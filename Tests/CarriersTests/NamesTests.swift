import Bundles
import Engine
import Storage
import Testing
import XMPP

@testable import Carriers

@Suite("Names of mail and the word of others on them")
actor NamesTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor { OfficeLoop.executor }

    private let bench: OfficeBench
    private let finance: BoxIdentity

    init() throws {
        bench = try OfficeBench()
        finance = try .generate(name: "finance", domain: "finance.gov.test")
    }

    /// Somebody here writes to finance; the parcel's name.
    @discardableResult
    private func write(_ text: String = "hello") throws -> ParcelName {
        let office = bench.office
        let to = try #require(office.office(for: "finance.gov.test"))
        let bytes = Array(text.utf8)
        var kept = KeptStanza(id: office.store.takeID(), time: office.store.wallNow(), bytes: bytes)
        let parcel = try office.parcel(
            to: to, sender: JID("clerk@interior.gov.test"), recipient: JID("minister@finance.gov.test"),
            importance: .chat, size: bytes.count, id: kept.id, time: kept.time)
        kept.outbox = parcel
        office.store.keep(kept) { error in if error == nil { office.committed(parcel) } }
        return parcel.row.name
    }

    private func rows() throws -> [OutboxRow] {
        try bench.office.store.reader.outboxPage(peer: bench.peer(finance).office.number, after: 0, limit: 99)
    }

    private func acknowledgement(_ epoch: Epoch, _ numbers: ClosedRange<UInt64>) -> Acknowledgement {
        var set = RangeSet()
        set.insert(numbers)
        return Acknowledgement(storeID: 1, epochs: [.init(epoch: epoch, numbers: set)])
    }

    @Test("mail that was never sent is not taken for delivered: it gets new names, also while it is written")
    func copyThatWentOn() async throws {
        try bench.list([finance])
        let epoch = bench.office.store.epoch
        for _ in 0..<3 { try write() }
        await bench.settle()
        try write("being written")
        let peer = try bench.peer(finance)
        bench.office.acknowledged(by: peer, acknowledgement(epoch, 1...3))
        let later = try write("after it")
        await bench.settle()
        let new = bench.office.store.epoch
        #expect(new > epoch)
        #expect(later == ParcelName(epoch: new, number: 5))
        #expect(try rows().map(\.name) == (1...5).map { ParcelName(epoch: new, number: $0) })
        #expect(try rows().map { $0.previous?.number } == [nil, 1, 2, 3, 4])
        #expect(try rows().allSatisfy { $0.previous.map { $0.epoch == new } ?? true })
        bench.office.acknowledged(by: peer, acknowledgement(epoch, 1...100))
        await bench.settle()
        #expect(try rows().count == 5 && bench.office.store.epoch == new)
    }

    @Test("what was sent is done when it is acknowledged, and the count of the queue follows")
    func acknowledged() async throws {
        try bench.list([finance])
        for _ in 0..<3 { try write() }
        await bench.settle()
        #expect(bench.office.queuedParcels == 3 && bench.office.queuedBytes == 15)
        let peer = try bench.peer(finance)
        peer.names.sent(
            [ParcelName(epoch: bench.office.store.epoch, number: 2)], ownEpochs: bench.office.ownEpochs)
        bench.office.acknowledged(by: peer, acknowledgement(bench.office.store.epoch, 1...2))
        await bench.settle()
        #expect(try rows().map(\.name.number) == [3])
        #expect(bench.office.queuedParcels == 1 && bench.office.queuedBytes == 5)
    }

    @Test("a liar makes a box draw a new epoch a few times, and then no more")
    func liar() async throws {
        try bench.list([finance])
        let peer = try bench.peer(finance)
        for _ in 0..<50 {
            let epoch = bench.office.store.epoch
            bench.office.learn(
                Hello(
                    forwards: true, epoch: .none, storeID: 1,
                    knownEpoch: Epoch(counter: epoch.counter + 1_000_000, random: 0), knownNumber: 0,
                    acknowledgement: Acknowledgement(storeID: 1, epochs: [])), from: peer)
        }
        #expect(bench.office.store.epoch.counter < 10_000_000)
        await bench.settle()
    }

    @Test("numbers go on where they were when a peer leaves the list and comes back")
    func comesBack() async throws {
        try bench.list([finance])
        let first = try write()
        await bench.settle()
        let peer = try bench.peer(finance)
        peer.names.sent([first], ownEpochs: bench.office.ownEpochs)
        bench.office.acknowledged(by: peer, acknowledgement(first.epoch, 1...1))
        await bench.settle()
        try bench.list([])
        try bench.list([finance])
        let second = try write()
        await bench.settle()
        #expect(second == ParcelName(epoch: first.epoch, number: 2))
        bench.office.acknowledged(by: try bench.peer(finance), acknowledgement(first.epoch, 1...1))
        await bench.settle()
        #expect(try rows().map(\.name) == [second])
    }

    @Test("what waits for a box goes to the new one of its domain, in order", arguments: [false, true])
    func replaced(restarts: Bool) async throws {
        try bench.list([finance])
        let names = try (0..<3).map { _ in try write() }
        await bench.settle()
        let fresh = try BoxIdentity.generate(name: "finance", domain: "finance.gov.test")
        if restarts { try bench.restart() }
        try bench.list([fresh])
        await bench.settle()
        let number = try bench.peer(fresh).office.number
        #expect(
            try bench.office.store.reader.outboxPage(peer: number, after: 0, limit: 9).map(\.name) == names)
        if !restarts { #expect(try bench.peer(fresh).names.last == 3) }
    }

    @Test("another card of the same box keeps what waits, and speaks for its new name")
    func newCard() async throws {
        try bench.list([finance])
        let name = try write()
        await bench.settle()
        let moved = try BoxIdentity(
            name: "treasury", domain: "finance.gov.test", signing: finance.signing, link: .generate(),
            sealing: finance.sealing)
        try bench.list([moved])
        await bench.settle()
        #expect(try rows().map(\.name) == [name])
        #expect(try bench.peer(moved).office.name == "treasury")
        #expect(bench.office.peer(linkKey: moved.link.publicKey) != nil)
        #expect(bench.office.peer(linkKey: finance.link.publicKey) == nil)
    }
}
