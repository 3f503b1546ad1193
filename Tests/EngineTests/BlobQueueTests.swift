import Bundles
import Testing

@testable import Engine

/// A destination with a disk, for the queue under test.
private struct Reader {
    var receiving: BlobReceiving
    /// Bytes that came to it, repetitions included.
    var came: UInt64 = 0

    init(bytes: UInt64) {
        receiving = BlobReceiving(bytes: bytes, generation: 7, have: RangeSet(), now: 0)
    }

    mutating func take(_ units: ClosedRange<UInt64>) {
        let unit = UInt64(BlobParcel.unitBytes)
        let start = units.lowerBound * unit
        let count = min(receiving.bytes, (units.upperBound + 1) * unit) - start
        came += count
        guard let fresh = receiving.arrived(first: units.lowerBound, bytes: Int(count)) else { return }
        receiving.written(fresh)
    }

    var report: BlobReport {
        BlobReport(
            state: receiving.isWhole ? .complete : .receiving, generation: 7, units: receiving.have)
    }
}

@Suite("Files on their way")
struct BlobQueueTests {
    private let id = BlobID(token: "a")
    private static let bytes: UInt64 = 1_000_003
    private let direct: [OutboxWay: BlobQueue.Way] = [.direct: .init(session: 1, reaches: true)]

    private func hub(_ session: UInt64, reaches: Bool) throws -> [OutboxWay: BlobQueue.Way] {
        [.via(try hubID()): .init(session: session, reaches: reaches)]
    }

    private func hubID() throws -> BoxID { try #require(BoxID(bytes: [0, 0, 0, 0, 0, 0, 0, 9])) }

    /// Sends until nothing is left or `stop` says so; every piece arrives and is taken at once.
    private func run(
        _ queue: inout BlobQueue, _ reader: inout Reader, now: inout UInt64,
        until stop: (Reader) -> Bool = { _ in false }
    ) {
        for _ in 0..<10_000 {
            guard !stop(reader) else { return }
            let pieces = queue.next(now: now)
            now += 10
            guard !pieces.isEmpty else { return }
            for piece in pieces {
                if let units = piece.units { reader.take(units) }
                queue.taken(piece.token, now: now)
            }
        }
    }

    @Test("a file crosses a line once, the manifest before or with its first range")
    func once() throws {
        var (queue, reader, now) = (BlobQueue(), Reader(bytes: Self.bytes), UInt64(1_000))
        queue.add(id, bytes: Self.bytes, now: now)
        queue.setWays(direct, now: now)
        let first = queue.next(now: now)
        #expect(first.first?.hasManifest == true)
        for piece in first {
            if let units = piece.units { reader.take(units) }
            queue.taken(piece.token, now: now)
        }
        #expect(queue.next(now: now).allSatisfy { !$0.hasManifest })
        queue.setWays([:], now: now)
        queue.setWays([.direct: .init(session: 2, reaches: true)], now: now)
        queue.heard(reader.report, of: id, now: now)
        run(&queue, &reader, now: &now)
        #expect(reader.receiving.isWhole)
        #expect(reader.came == Self.bytes)
    }

    @Test("after a cut only what never arrived is sent again, at once what was never sent")
    func cut() throws {
        var (queue, reader, now) = (BlobQueue(), Reader(bytes: Self.bytes), UInt64(1_000))
        queue.add(id, bytes: Self.bytes, now: now)
        queue.setWays(direct, now: now)
        run(&queue, &reader, now: &now) { $0.receiving.done > 300_000 }
        // These are on the line when it breaks: the first of them arrives.
        let lost = queue.next(now: now)
        let arrived = try #require(lost.first?.units)
        reader.take(arrived)
        queue.setWays([:], now: now)
        #expect(queue.next(now: now).isEmpty)
        now += 5_000
        queue.setWays([.direct: .init(session: 2, reaches: true)], now: now)
        let pieces = queue.next(now: now)
        #expect(pieces.first?.units == nil)
        let inDoubt = RangeSet(lost.compactMap(\.units).flatMap { Array($0) })
        for piece in pieces {
            for unit in piece.units.map(Array.init) ?? [] { #expect(!inDoubt.contains(unit)) }
            if let units = piece.units { reader.take(units) }
            queue.taken(piece.token, now: now)
        }
        queue.heard(reader.report, of: id, now: now)
        run(&queue, &reader, now: &now)
        #expect(reader.receiving.isWhole)
        #expect(reader.came == Self.bytes)
    }

    @Test("after a restart the destination is asked before anything goes that it may have")
    func restart() {
        var (queue, reader, now) = (BlobQueue(), Reader(bytes: Self.bytes), UInt64(1_000))
        reader.take(0...99)
        queue.add(id, bytes: Self.bytes, acked: RangeSet(0...49), isResumed: true, now: now)
        queue.setWays(direct, now: now)
        let pieces = queue.next(now: now)
        #expect(pieces.count == 1 && pieces.first?.units == nil && pieces.first?.hasManifest == true)
        queue.taken(pieces.first?.token ?? 0, now: now)
        queue.heard(reader.report, of: id, now: now)
        run(&queue, &reader, now: &now)
        #expect(reader.receiving.isWhole)
        #expect(reader.came == Self.bytes)
    }

    @Test("an answer that never comes holds nothing up for more than a minute")
    func silence() {
        var (queue, now) = (BlobQueue(), UInt64(1_000))
        queue.add(id, bytes: Self.bytes, isResumed: true, now: now)
        queue.setWays(direct, now: now)
        for piece in queue.next(now: now) { queue.taken(piece.token, now: now) }
        #expect(queue.next(now: now + 59_000).isEmpty)
        now += 61_000
        #expect(queue.next(now: now).contains { $0.units != nil })
    }

    @Test("what is on a line stays within the window, and the window follows the line")
    func window() {
        var (queue, now) = (BlobQueue(), UInt64(1_000))
        queue.add(id, bytes: 100 << 20, now: now)
        queue.setWays(direct, now: now)
        func bytes(_ pieces: [BlobPiece]) -> Int {
            pieces.reduce(0) { $0 + ($1.units?.count ?? 0) * BlobParcel.unitBytes }
        }
        var flying = queue.next(now: now)
        #expect(bytes(flying) <= 2 * BlobPace.smallest)
        // A fast line: taken within a second.
        for _ in 0..<200 {
            for piece in flying { queue.taken(piece.token, now: now + 500) }
            now += 1_000
            flying = queue.next(now: now)
            #expect(bytes(flying) <= BlobPace.largest)
        }
        #expect(bytes(flying) > BlobPace.largest / 2)
        // It becomes a slow one: half a minute for each.
        for _ in 0..<20 {
            for piece in flying { queue.taken(piece.token, now: now + 30_000) }
            now += 31_000
            flying = queue.next(now: now)
        }
        #expect(bytes(flying) <= BlobPace.smallest)
        #expect(flying.count == 2)
    }

    @Test("a hub holds so much of a file and no more, until the destination speaks")
    func custody() throws {
        var (queue, now) = (BlobQueue(), UInt64(1_000))
        queue.add(id, bytes: 100 << 20, now: now)
        queue.setWays(try hub(1, reaches: false), now: now)
        var sent = RangeSet()
        for _ in 0..<20_000 {
            let pieces = queue.next(now: now)
            guard !pieces.isEmpty else { break }
            now += 10
            for piece in pieces {
                if let units = piece.units { sent.insert(units) }
                queue.taken(piece.token, now: now)
            }
        }
        let held = Int(sent.total) * BlobParcel.unitBytes
        #expect(held >= BlobQueue.custodyLimit)
        #expect(held <= BlobQueue.custodyLimit + BlobPace.largest)
        // Nothing is repeated while the destination is away, however long.
        #expect(queue.next(now: now + 86_400_000).isEmpty)
        queue.heard(
            BlobReport(state: .receiving, generation: 1, units: sent), of: id, now: now)
        #expect(queue.next(now: now).contains { $0.units != nil })
    }

    @Test("two ways share a file: no unit goes over both")
    func ways() throws {
        var (queue, reader, now) = (BlobQueue(), Reader(bytes: Self.bytes), UInt64(1_000))
        queue.add(id, bytes: Self.bytes, now: now)
        let both = direct.merging(try hub(2, reaches: true)) { $1 }
        queue.setWays(both, now: now)
        run(&queue, &reader, now: &now)
        #expect(reader.came == Self.bytes)
    }

    @Test("what a hub has and never brings is sent again by another way")
    func lostByHub() throws {
        var (queue, reader, now) = (BlobQueue(), Reader(bytes: Self.bytes), UInt64(1_000))
        queue.add(id, bytes: Self.bytes, now: now)
        queue.setWays(try hub(1, reaches: false), now: now)
        for _ in 0..<200 {
            for piece in queue.next(now: now) { queue.taken(piece.token, now: now) }
            now += 10
        }
        queue.setWays([.direct: .init(session: 3, reaches: true)], now: now)
        queue.heard(reader.report, of: id, now: now)
        #expect(!queue.next(now: now).contains { $0.units != nil })
        now += 61_000
        run(&queue, &reader, now: &now)
        #expect(reader.receiving.isWhole)
        #expect(reader.came == Self.bytes)
    }

    @Test("a destination that has forgotten the file gets its manifest again")
    func forgotten() {
        var (queue, now) = (BlobQueue(), UInt64(1_000))
        queue.add(id, bytes: Self.bytes, now: now)
        queue.setWays(direct, now: now)
        for piece in queue.next(now: now) { queue.taken(piece.token, now: now) }
        let next = queue.next(now: now)
        #expect(next.allSatisfy { !$0.hasManifest })
        for piece in next { #expect(queue.refused(piece.token, isFull: false, now: now) == nil) }
        #expect(queue.next(now: now).allSatisfy { $0.hasManifest })
    }

    @Test("a file that is always refused is given up")
    func hopeless() {
        var (queue, now) = (BlobQueue(), UInt64(1_000))
        queue.add(id, bytes: Self.bytes, now: now)
        queue.setWays(direct, now: now)
        var givenUp: BlobID?
        for _ in 0..<20 where givenUp == nil {
            for piece in queue.next(now: now) where givenUp == nil {
                givenUp = queue.refused(piece.token, isFull: false, now: now)
            }
            now += 10
        }
        #expect(givenUp == id)
    }

    @Test("a full disk pauses its way only")
    func full() {
        var (queue, now) = (BlobQueue(), UInt64(1_000))
        queue.add(id, bytes: Self.bytes, now: now)
        queue.setWays(direct, now: now)
        for piece in queue.next(now: now) { _ = queue.refused(piece.token, isFull: true, now: now) }
        #expect(queue.next(now: now + 29_000).isEmpty)
        now += 31_000
        #expect(queue.next(now: now).contains { $0.units != nil })
    }

    @Test("what somebody reads goes first, from where they read")
    func reading() throws {
        var (queue, now) = (BlobQueue(), UInt64(1_000))
        let other = BlobID(token: "b")
        queue.add(id, bytes: Self.bytes, now: now)
        queue.add(other, bytes: Self.bytes, now: now)
        queue.read(other, from: 100)
        queue.setWays(direct, now: now)
        let first = try #require(queue.next(now: now).first)
        #expect(first.id == other && first.units?.lowerBound == 100)
        now += 1
    }
}

@Suite("Files that arrive")
struct BlobReceivingTests {
    private let unit = BlobParcel.unitBytes

    @Test("a range counts when it is on the disk, and is written once")
    func once() {
        var file = BlobReceiving(bytes: UInt64(10 * unit + 5), generation: 1, have: RangeSet(), now: 0)
        #expect(file.arrived(first: 2, bytes: 3 * unit) == [2...4])
        #expect(file.arrived(first: 0, bytes: 4 * unit) == [0...1])
        #expect(file.readable(from: 0) == nil)
        file.written([2...4])
        #expect(file.readable(from: 2) == 2...4)
        file.failed([0...1])
        #expect(file.arrived(first: 0, bytes: 2 * unit) == [0...1])
        file.written([0...1])
        #expect(file.arrived(first: 5, bytes: 5 * unit + 5) == [5...10])
        file.written([5...10])
        #expect(file.isWhole && file.done == UInt64(10 * unit + 5))
    }

    @Test(
        "what cannot be of the file is refused",
        arguments: zip(
            [0, 0, 9, 10, 11, 1 << 39] as [UInt64], [0, 5, 2 * 4_096, 6, 5, 4_096] as [Int]))
    func impossible(first: UInt64, bytes: Int) {
        var file = BlobReceiving(bytes: UInt64(10 * unit + 5), generation: 1, have: RangeSet(), now: 0)
        #expect(file.arrived(first: first, bytes: bytes) == nil)
    }
}
