import Bundles
import Testing

@testable import Engine

@Suite("People and classes by turns")
struct TurnTests {
    private func head(
        _ row: Int64, of sender: Int64, _ parcelClass: ParcelClass = .chat, bytes: Int = 100
    ) -> ParcelHead {
        ParcelHead(
            name: ParcelName(epoch: Epoch(counter: 1, random: 1), number: UInt64(row)),
            parcelClass: parcelClass, sender: sender, bytes: bytes, rowID: row, expiresAtMs: .max)
    }

    @Test("one message of one person is in the first bundle, though a thousand of another came before it")
    func fairness() {
        var queue = WaitingQueue()
        for row in 1...1_000 as ClosedRange<Int64> { queue.insert(head(row, of: 1)) }
        queue.insert(head(1_001, of: 2))
        let group = queue.takeGroup(bytes: 1_000)
        #expect(group.count == 10)
        #expect(group.contains { $0.sender == 2 })
        let flood = group.filter { $0.sender == 1 }.map(\.rowID)
        #expect(flood == Array(1...9), "each person's stay in their order")
    }

    @Test("people share a class by bytes, not by messages")
    func shares() {
        var queue = WaitingQueue()
        for row in 1...400 as ClosedRange<Int64> {
            queue.insert(head(row, of: row % 2, bytes: row % 2 == 0 ? 1_000 : 100))
        }
        var bytes = [0, 0]
        for _ in 0..<20 {
            for taken in queue.takeGroup(bytes: 1_000) { bytes[Int(taken.sender)] += taken.bytes }
        }
        #expect(abs(bytes[0] - bytes[1]) <= 1_000)
    }

    @Test("what one person writes after a flood of another goes into memory and out, and is not sent twice")
    func beyondTheWindow() {
        var settings = OutboxSettings()
        settings.windowParcels = 20
        settings.bundleBytes = 1_000
        settings.windowBytes = 1_000
        var outbox = Outbox(settings: settings)
        outbox.loaded(heads: [], more: false, after: 0)
        for row in 1...100 as ClosedRange<Int64> { outbox.accepted(head(row, of: 1)) }
        outbox.accepted(head(101, of: 2))
        outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        let sent = outbox.next(now: 0).flatMap { effect in
            if case .send(_, let names, _) = effect { names.map(\.number) } else { [] as [UInt64] }
        }
        #expect(sent.contains(101))
        let received = Acknowledgement(
            storeID: 1, epochs: [.init(epoch: Epoch(counter: 1, random: 1), numbers: RangeSet(sent))])
        _ = outbox.acknowledged(received, now: 1)
        outbox.loaded(heads: [head(101, of: 2)], more: false, after: outbox.cursor)
        #expect(outbox.entries[head(101, of: 2).name] == nil, "what is acknowledged is not taken in again")
    }

    @Test("a full window of bulk leaves room for text")
    func classes() {
        var settings = OutboxSettings()
        settings.bundleBytes = 1_000
        settings.windowBytes = 3_000
        var outbox = Outbox(settings: settings)
        outbox.loaded(heads: [], more: false, after: 0)
        for row in 1...100 as ClosedRange<Int64> { outbox.accepted(head(row, of: 1, .bulk)) }
        outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        #expect(outbox.next(now: 0).count == 3)
        #expect(outbox.next(now: 0).isEmpty)
        outbox.accepted(head(101, of: 1, .chat))
        guard case .send(_, let names, .chat)? = outbox.next(now: 1).first else {
            Issue.record("the text waits for the bulk")
            return
        }
        #expect(names.map(\.number) == [101])
    }

    @Test("a bundle is two seconds of its line, larger where mail compresses well")
    func bundleSizes() {
        var outbox = Outbox()
        outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        #expect(outbox.bundleBytes(.direct) == OutboxSettings().bundleBytes)
        outbox.setPace(OutboxPace(bytesPerSecond: 1_200, roundTripMs: 1_300), of: .direct)
        #expect(outbox.bundleBytes(.direct) == 2_400)
        for _ in 0..<40 { outbox.sealed(parcelBytes: 4_000, bundleBytes: 2_000) }
        #expect(outbox.bundleBytes(.direct) > 4_700 && outbox.bundleBytes(.direct) < 4_900)
        outbox.setPace(OutboxPace(bytesPerSecond: 10, roundTripMs: 1_300), of: .direct)
        #expect(outbox.bundleBytes(.direct) == 1_024)
        outbox.setPace(OutboxPace(bytesPerSecond: 1 << 24, roundTripMs: 1), of: .direct)
        #expect(outbox.bundleBytes(.direct) == OutboxSettings().bundleBytes)
    }

    @Test("who types now replaces who typed before, and old news leaves the queue")
    func topics() {
        var queue = SendQueue(settings: LinkSettings())
        for token in 1...50 as ClosedRange<UInt64> {
            var bundle = makeBundle(token: token, isLive: true)
            bundle.topic = "typing"
            bundle.expiresAtMs = 20_000
            queue.append(bundle)
        }
        queue.append(makeBundle(token: 51, isLive: true))
        #expect(queue.liveBytesWaiting == 400)
        guard case .fragment(let first)? = queue.nextFragment(room: 4_000, now: 0) else {
            Issue.record("nothing leaves")
            return
        }
        #expect(first.bytes.last == 50, "the newest, in the place of the first")
        var late = makeBundle(token: 60, isLive: true)
        late.expiresAtMs = 20_000
        queue.append(late)
        #expect(queue.nextFragment(room: 4_000, now: 20_000) != nil)
        #expect(queue.nextFragment(room: 4_000, now: 20_000) == nil)
        #expect(queue.bytesWaiting == 0)
    }

    @Test("a bundle of which a part has left is neither replaced nor dropped")
    func started() {
        var queue = SendQueue(settings: LinkSettings())
        var bundle = makeBundle(token: 1, size: 3_000, isLive: true)
        bundle.topic = "typing"
        bundle.expiresAtMs = 10
        queue.append(bundle)
        _ = queue.nextFragment(room: 1_000, now: 0)
        let isDropped = queue.dropOldestLive(in: .chat)
        #expect(!isDropped)
        queue.append(bundle)
        var ends = 0
        while case .fragment(let fragment)? = queue.nextFragment(room: 1_000, now: 5) {
            if fragment.isLast { ends += 1 }
        }
        #expect(ends == 2)
    }

    @Test("bulk that nobody has taken yet leaves room for what is urgent")
    func inFlight() {
        var settings = LinkSettings()
        settings.maxInFlightBytes = 10_000
        var queue = SendQueue(settings: settings)
        for token in 1...5 { queue.append(makeBundle(token: UInt64(token), .bulk, size: 4_000)) }
        var sent = 0
        while queue.nextFragment(room: 16_000, now: 0) != nil { sent += 1 }
        #expect(sent == 2)
        queue.append(makeBundle(token: 9, .urgent, size: 4_000))
        #expect(queue.canSend)
    }
}
