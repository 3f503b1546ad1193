import Bundles
import Engine
import Glibc
import NIOCore
import Storage
import Synchronization
import Testing
import XMPP

@testable import Carriers

@Suite("Mail that comes from other boxes")
actor ReceivingTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor { OfficeLoop.executor }

    private let bench: OfficeBench
    private let finance: BoxIdentity

    init() throws {
        bench = try OfficeBench()
        finance = try .generate(name: "finance", domain: "finance.gov.test")
    }

    private var acknowledged: [UInt64] {
        get throws {
            try bench.peer(finance).receiver.acknowledgement.epochs.flatMap(\.numbers.ranges).flatMap {
                Array($0)
            }
        }
    }

    @Test(
        "mail behind others of its conversation whose predecessor was acknowledged is shown in its turn",
        arguments: [false, true])
    func behindOthers(restarts: Bool) async throws {
        try bench.list([finance])
        try bench.receive([.note(2, after: .sameEpoch(1))], from: finance)
        try bench.receive([.note(3)], from: finance)
        await bench.settle()
        #expect(try acknowledged == [2, 3])
        #expect(bench.relay.mail.isEmpty)
        if restarts {
            try bench.restart()
            try bench.list([finance])
        }
        try bench.receive([.note(1)], from: finance)
        await bench.settle()
        #expect(bench.relay.mail == ["1", "2", "3"])
        #expect(try acknowledged == [1, 2, 3])
        #expect(try bench.office.store.reader.waiting(peer: 1).isEmpty)
    }

    @Test("an open bundle is taken from the box whose session it is, once, and for its own people only")
    func openBundles() async throws {
        try bench.list([finance])
        try bench.receiveOpen([.note(1), .note(2)], from: finance)
        try bench.receiveOpen([.note(2), .note(3)], from: finance)
        try bench.receiveOpen([.note(4, from: "clerk@interior.gov.test")], from: finance)
        // Before the hello nobody knows what the numbers count in.
        try bench.receiveOpen([.note(5)], from: finance, epoch: nil)
        await bench.settle()
        #expect(bench.relay.mail == ["1", "2", "3"])
        #expect(
            try acknowledged == [1, 2, 3, 4], "what is not taken is settled, so that it does not come again")
        #expect(try bench.peer(finance).receipts.receipts.refused.values.map(\.ranges) == [[4...4]])
        #expect(bench.office.counts.refusedParcels == 2)
    }

    @Test("what a full disk refused is not acknowledged, and is taken when it comes again, once")
    func fullDisk() async throws {
        try bench.list([finance])
        try bench.receive([.note(1)], from: finance)
        await bench.settle()
        bench.relay.isDiskFull = true
        try bench.receive([.note(2)], from: finance)
        // In the same belief: its ranges would cover the one that is refused.
        bench.relay.isDiskFull = false
        try bench.receive([.note(3)], from: finance)
        await bench.settle()
        #expect(try acknowledged == [1])
        #expect(bench.relay.mail == ["1"] && bench.relay.refusals == 2)
        try bench.restart()
        try bench.list([finance])
        #expect(try acknowledged == [1])
        for _ in 0..<2 { try bench.receive([.note(2), .note(3)], from: finance) }
        await bench.settle()
        #expect(try acknowledged == [1, 2, 3])
        #expect(bench.relay.mail == ["2", "3"])
    }

    @Test("what a full disk refuses while another bundle waits for the writer falls with both")
    func fullDiskWhileWriting() async throws {
        try bench.list([finance])
        let gate = Gate()
        bench.relay.isDiskFull = true
        bench.office.store.journal.commit({ _ in gate.wait() })
        try bench.receive([.note(1)], from: finance)
        // A turn later the first bundle is with the writer, who waits at the gate.
        await withCheckedContinuation { turn in OfficeLoop.loop.execute { turn.resume() } }
        bench.relay.isDiskFull = false
        try bench.receive([.note(2)], from: finance)
        gate.open()
        await bench.settle()
        #expect(try acknowledged.isEmpty)
        #expect(bench.relay.mail.isEmpty)
        try bench.restart()
        try bench.list([finance])
        #expect(try acknowledged.isEmpty, "the second bundle's ranges cover the first, which is nowhere")
    }

    @Test("while the disk has no room, mail waits at its origin and acknowledgements come through")
    func watchedDisk() async throws {
        try bench.list([finance])
        bench.office.isDiskFull = { true }
        try bench.receive([.note(1)], from: finance)
        await bench.settle()
        #expect(try acknowledged.isEmpty && bench.relay.mail.isEmpty)
    }

    @Test("a box that speaks for all of gov.test does not speak for an office with its own box")
    func longestDomain() async throws {
        try bench.list([finance])
        let all = try BoxIdentity.generate(name: "hq", domain: "gov.test")
        try bench.list([finance, all])
        try bench.receive([.note(1, from: "minister@finance.gov.test")], from: all)
        try bench.receive([.note(2, from: "clerk@interior.gov.test")], from: all)
        await bench.settle()
        #expect(bench.relay.mail.isEmpty && bench.office.counts.refusedParcels == 2)
        try bench.receive([.note(3, from: "minister@water.gov.test")], from: all)
        await bench.settle()
        #expect(bench.relay.mail == ["3"])
        #expect(bench.office.office(for: "rooms.finance.gov.test")?.name == "finance")
        #expect(bench.office.office(for: "water.gov.test")?.name == "hq")
        #expect(bench.office.office(for: "rooms.interior.gov.test") == nil)
    }

    @Test("times and lifetimes that cannot be stop nothing")
    func impossibleTimes() async throws {
        try bench.list([finance])
        let water = try BoxIdentity.generate(name: "water", domain: "water.gov.test")
        try bench.list([finance, water])
        try bench.receive([.note(1, accepted: .max)], from: finance)
        #expect(bench.office.counts.refusedParcels == 1)
        for (lifetime, held) in [(UInt64.max, 0), (.max, .max), (60, UInt64.max)] as [(UInt64, UInt64)] {
            try bench.receive([.note(1)], from: finance, for: water.boxID, lifetime: lifetime, held: held)
        }
        await bench.settle()
        let kept = try bench.office.store.reader.transitRows(
            to: water.boxID, of: TransitStream(parcelClass: .chat, origin: finance.boxID), after: 0, limit: 9)
        #expect(kept.count == 3)
        #expect(kept.allSatisfy { $0.held < 1 << 40 })
        #expect(bench.relay.mail.isEmpty)
    }

    @Test("more parcels than a bundle brings are not read")
    func manyParcels() async throws {
        try bench.list([finance])
        try bench.receive(
            (1...4_097).map { .acknowledgement(Acknowledgement(storeID: $0, epochs: [])) }, from: finance)
        #expect(bench.office.counts.refusedParcels == 1)
    }

    @Test("an announcement of more skipped mail than a bundle brings is not read")
    func manySkipped() async throws {
        try bench.list([finance])
        let names = (1...4_097).map { ParcelName(epoch: Epoch(counter: 1, random: 1), number: $0) }
        try bench.receive([.skipped(number: 9_000, names)], from: finance)
        #expect(bench.office.counts.refusedParcels == 1)
        try bench.receive([.skipped(number: 9_000, Array(names.prefix(9)))], from: finance)
        await bench.settle()
        #expect(try acknowledged == Array(1...9) + [9_000])
    }

    @Test("when a box leaves the list, what waited for its next letter is shown")
    func removedPeer() async throws {
        try bench.list([finance])
        try bench.receive([.note(2, after: .sameEpoch(1)), .note(5, after: .sameEpoch(4))], from: finance)
        await bench.settle()
        #expect(bench.relay.mail.isEmpty)
        try bench.list([])
        await bench.settle()
        #expect(bench.relay.mail == ["2", "5"])
        #expect(try bench.office.store.reader.waiting(peer: 1).isEmpty)
    }
}

/// Where a job on the writer's thread waits until the test goes on.
private final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }
    func wait() { while !isOpen.load(ordering: .acquiring) { usleep(500) } }
}
