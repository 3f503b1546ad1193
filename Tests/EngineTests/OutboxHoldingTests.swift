import Bundles
import Testing

@testable import Engine

@Suite("What is held back")
struct OutboxHoldingTests {
    @Test("it leaves memory and is not sent; let go, the database is read again and it goes")
    func holdAndRelease() {
        var outbox = Outbox()
        outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        #expect(outbox.next(now: 0) == [.load(after: 0, limit: 512)])
        outbox.loaded(heads: (1...3).map { OutboxTests.head($0) }, more: false, after: 0)
        outbox.withhold { $0.rowID == 2 }
        #expect(
            outbox.next(now: 0) == [
                .send(way: .direct, names: [1, 3].map { OutboxTests.name($0) }, parcelClass: .chat),
                .load(after: 0, limit: 510),
            ])
        outbox.loaded(heads: [1, 3].map { OutboxTests.head($0) }, more: false, after: 0)
        #expect(outbox.next(now: 0).isEmpty)
        outbox.letGo()
        #expect(outbox.next(now: 1) == [.load(after: 0, limit: 510)])
        outbox.loaded(heads: (1...3).map { OutboxTests.head($0) }, more: false, after: 0)
        #expect(
            outbox.next(now: 1) == [
                .send(way: .direct, names: [OutboxTests.name(2)], parcelClass: .chat)
            ], "what is on its way does not go twice")
    }

    @Test("what is on its way when it is held back gives its room in the window back, and does not return")
    func inFlight() {
        var outbox = Outbox()
        outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        _ = outbox.next(now: 0)
        outbox.loaded(heads: [OutboxTests.head(1)], more: false, after: 0)
        #expect(outbox.next(now: 0).count == 1)
        outbox.withhold { _ in true }
        #expect(outbox.ways[.direct]?.bytesInFlight.reduce(0, +) == 0)
        outbox.wayDown(.direct)
        outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 5)
        #expect(outbox.next(now: 5) == [.load(after: 0, limit: 512)])
        outbox.loaded(heads: [], more: false, after: 0)
        #expect(outbox.next(now: 5).isEmpty)
    }

    @Test("an announcement of what will never come is not held back with the mail of its class")
    func announcements() {
        var outbox = Outbox()
        _ = outbox.next(now: 0)
        outbox.wayUp(OutboxTests.hub, destinationReachable: false, received: nil, now: 0)
        _ = outbox.next(now: 0)
        outbox.loaded(heads: [1, 2].map { OutboxTests.head($0, .urgent) }, more: false, after: 0)
        outbox.withhold { $0.parcelClass == .urgent }
        #expect(outbox.next(now: 0) == [.load(after: 0, limit: 512)])
        // The database holds back the mail of row 1; row 2 is an announcement.
        outbox.loaded(heads: [OutboxTests.head(2, .urgent)], more: false, after: 0)
        #expect(
            outbox.next(now: 0) == [
                .send(way: OutboxTests.hub, names: [OutboxTests.name(2)], parcelClass: .urgent)
            ])
    }
}
