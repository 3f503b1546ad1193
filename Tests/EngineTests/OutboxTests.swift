import Bundles
import Testing

@testable import Engine

@Suite("Outbox")
struct OutboxTests {
    static let hub = OutboxWay.via(BoxID(identityKey: [7]))
    static let epoch = Epoch(counter: 3, random: 3)

    static func name(_ number: UInt64, epoch: Epoch = epoch) -> ParcelName {
        ParcelName(epoch: epoch, number: number)
    }

    static func head(
        _ number: UInt64, _ parcelClass: ParcelClass = .chat, bytes: Int = 100, epoch: Epoch = epoch,
        expires: UInt64 = .max
    ) -> ParcelHead {
        ParcelHead(
            name: name(number, epoch: epoch), parcelClass: parcelClass, bytes: bytes, rowID: Int64(number),
            expiresAtMs: expires)
    }

    static func acknowledgement(_ numbers: some Sequence<UInt64>) -> Acknowledgement {
        Acknowledgement(storeID: 1, epochs: [.init(epoch: epoch, numbers: RangeSet(numbers))])
    }

    /// An outbox in front of a database, the way its owner drives it.
    struct Bench {
        var outbox: Outbox
        var rows: [ParcelHead]
        var sent: [(way: OutboxWay, names: [ParcelName], parcelClass: ParcelClass)] = []
        var expired: [ParcelName] = []
        var largestWindow = 0

        init(_ rows: [ParcelHead], settings: OutboxSettings = OutboxSettings()) {
            outbox = Outbox(settings: settings)
            self.rows = rows
        }

        var sentNumbers: [UInt64] { sent.flatMap(\.names).map(\.number) }

        mutating func run(now: UInt64) {
            var effects = outbox.next(now: now)
            while !effects.isEmpty {
                for effect in effects {
                    switch effect {
                    case .load(let after, let limit):
                        let page = rows.filter { $0.rowID > after }
                        outbox.loaded(
                            heads: Array(page.prefix(limit)), more: page.count > limit, after: after)
                    case .send(let way, let names, let parcelClass): sent.append((way, names, parcelClass))
                    case .expire(let names): expired += names
                    }
                }
                largestWindow = max(largestWindow, outbox.parcelsInMemory)
                effects = outbox.next(now: now)
            }
        }

        /// The next hop takes everything that was sent so far.
        mutating func takeAll(by way: OutboxWay, now: UInt64) {
            outbox.taken(by: way, names: sent.flatMap(\.names), now: now)
            sent = []
        }
    }

    @Test("parcels leave in the order of their rows, in bundles of one class and one epoch")
    func orderAndGrouping() {
        let older = Epoch(counter: 2, random: 9)
        var bench = Bench([
            Self.head(1, epoch: older), Self.head(2), Self.head(3), Self.head(4, .bulk),
            Self.head(5, .urgent),
            Self.head(6),
        ])
        bench.outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        #expect(bench.sent.map { $0.names.map(\.number) } == [[5], [1], [2, 3, 6], [4]])
        #expect(bench.sent.map(\.parcelClass) == [.urgent, .chat, .chat, .bulk])
    }

    @Test("of 20,000 waiting parcels at most 512 are in memory, and all leave through a hub in the dark")
    func boundedWindow() {
        let count: UInt64 = 20_000
        var bench = Bench((1...count).map { Self.head($0) })
        bench.outbox.wayUp(Self.hub, destinationReachable: false, received: nil, now: 0)
        var left: [UInt64] = []
        for step in 0..<1_000 where UInt64(left.count) < count {
            bench.run(now: UInt64(step))
            left += bench.sentNumbers
            bench.takeAll(by: Self.hub, now: UInt64(step))
        }
        #expect(left == Array(1...count))
        #expect(bench.largestWindow <= 512)
        #expect(bench.outbox.parcelsInMemory == 0)
    }

    @Test("what arrives beyond the window is not kept in memory and not forgotten")
    func acceptedBeyondWindow() {
        var settings = OutboxSettings()
        settings.windowParcels = 4
        settings.extraParcels = 0
        settings.windowBytes = 250
        settings.bundleBytes = 200
        var bench = Bench([], settings: settings)
        bench.outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        for number in UInt64(1)...20 {
            bench.rows.append(Self.head(number))
            bench.outbox.accepted(Self.head(number))
            #expect(bench.outbox.parcelsInMemory <= 4)
        }
        var acknowledged: UInt64 = 0
        while acknowledged < 20 {
            bench.run(now: 1)
            guard let highest = bench.sentNumbers.max(), highest > acknowledged else { break }
            acknowledged = highest
            _ = bench.outbox.acknowledged(Self.acknowledgement(1...highest), now: 1)
            bench.rows.removeAll { $0.name.number <= highest }
        }
        #expect(bench.sentNumbers == Array(1...20))
    }

    @Test("a parcel that became durable out of turn is read again")
    func outOfTurnRow() {
        var bench = Bench([Self.head(5)])
        bench.outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        bench.rows.insert(Self.head(3), at: 0)
        bench.outbox.accepted(Self.head(3))
        bench.run(now: 0)
        #expect(bench.sentNumbers == [5, 3])
    }

    @Test("the direct way is preferred, and a hub is not used while it is full")
    func preference() {
        var settings = OutboxSettings()
        settings.windowBytes = 150
        settings.bundleBytes = 100
        var bench = Bench((1...6).map { Self.head($0) }, settings: settings)
        bench.outbox.wayUp(Self.hub, destinationReachable: true, received: nil, now: 0)
        bench.outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        #expect(bench.sent.map(\.way) == [.direct, .direct])
        bench.outbox.refused(by: .direct, names: [Self.name(1)], now: 10)
        bench.run(now: 10)
        #expect(bench.sent.dropFirst(2).map(\.way) == [Self.hub, Self.hub])
        #expect(bench.sentNumbers == [1, 2, 1, 3])
    }

    @Test("a hub that reaches the destination is preferred to one that does not")
    func reachingHub() {
        let other = OutboxWay.via(BoxID(identityKey: [8]))
        for (first, second) in [(Self.hub, other), (other, Self.hub)] {
            var bench = Bench([Self.head(1)])
            bench.outbox.wayUp(first, destinationReachable: false, received: nil, now: 0)
            bench.outbox.wayUp(second, destinationReachable: true, received: nil, now: 0)
            bench.run(now: 0)
            #expect(bench.sent.map(\.way) == [second])
        }
    }

    @Test("when a way goes down, what was on it waits again, lowest row first")
    func wayDown() {
        var bench = Bench((1...4).map { Self.head($0) })
        bench.outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        bench.outbox.taken(by: .direct, names: [Self.name(2)], now: 0)
        bench.sent = []
        bench.outbox.wayDown(.direct)
        bench.run(now: 1)
        #expect(bench.sent.isEmpty)
        #expect(bench.outbox.nextTick == .max)
        bench.outbox.wayUp(
            .direct, destinationReachable: true, received: Self.acknowledgement([1, 3]), now: 2)
        bench.run(now: 2)
        #expect(bench.sentNumbers == [2, 4])
    }

    @Test("what left by a hub goes again at once when the direct way comes up")
    func directAfterHub() {
        var bench = Bench((1...3).map { Self.head($0) })
        bench.outbox.wayUp(Self.hub, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        bench.takeAll(by: Self.hub, now: 5)
        #expect(bench.outbox.parcelsInMemory == 0)
        bench.outbox.wayUp(.direct, destinationReachable: true, received: Self.acknowledgement([2]), now: 10)
        bench.rows.removeAll { $0.name.number == 2 }
        bench.run(now: 10)
        #expect(bench.sent.map(\.way) == [.direct])
        #expect(bench.sentNumbers == [1, 3])
    }

    @Test("what is still under way to a hub goes by the direct way at once when that comes up")
    func directDuringHub() {
        var bench = Bench([Self.head(1)])
        bench.outbox.wayUp(Self.hub, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        bench.outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 10)
        bench.run(now: 10)
        #expect(bench.sent.map(\.way) == [Self.hub, .direct])
        bench.outbox.taken(by: Self.hub, names: [Self.name(1)], now: 11)
        #expect(bench.outbox.parcelsInMemory == 1, "a hub's late TAKEN does not end the direct sending")
    }

    @Test("what left by a hub goes again at once when the hub lost its store")
    func hubLostStore() {
        var bench = Bench((1...3).map { Self.head($0) })
        bench.outbox.wayUp(Self.hub, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        bench.takeAll(by: Self.hub, now: 5)
        bench.outbox.storeChanged(of: BoxID(identityKey: [8]), now: 10)
        bench.run(now: 10)
        #expect(bench.sent.isEmpty, "another hub's loss is not this one's")
        bench.outbox.storeChanged(of: BoxID(identityKey: [7]), now: 11)
        bench.run(now: 11)
        #expect(bench.sentNumbers == [1, 2, 3])
    }

    @Test(
        "without an acknowledgement a parcel goes again after 30 s, then 60 s, up to 15 min",
        arguments: [OutboxWay.direct, hub])
    func resending(way: OutboxWay) {
        var bench = Bench([Self.head(1)])
        bench.outbox.wayUp(way, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        var now: UInt64 = 0
        var gaps: [UInt64] = []
        for _ in 0..<8 {
            bench.takeAll(by: way, now: now)
            let left = now
            while bench.sent.isEmpty, now < left + 2_000_000 {
                now = max(now + 1, bench.outbox.nextTick)
                bench.run(now: now)
            }
            gaps.append((now - left) / 1_000)
        }
        #expect(gaps == [30, 60, 120, 240, 480, 900, 900, 900])
    }

    @Test(
        "while the hub does not reach the destination nothing is sent to it twice; 30 s after it does, it is")
    func unreachable() {
        var bench = Bench([Self.head(1)])
        bench.outbox.wayUp(Self.hub, destinationReachable: false, received: nil, now: 0)
        bench.run(now: 0)
        bench.takeAll(by: Self.hub, now: 0)
        bench.run(now: 20_000_000)
        #expect(bench.sent.isEmpty)
        bench.outbox.wayUp(Self.hub, destinationReachable: true, received: nil, now: 21_000_000)
        bench.run(now: 21_029_999)
        #expect(bench.sent.isEmpty)
        bench.run(now: 21_030_000)
        #expect(bench.sentNumbers == [1])
    }

    @Test("an answer to an old question does not move the window past unread rows")
    func stalePage() {
        var outbox = Outbox()
        outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 0)
        #expect(outbox.next(now: 0) == [.load(after: 0, limit: 512)])
        outbox.loaded(heads: (10...20).map { Self.head($0) }, more: true, after: 0)
        let effects = outbox.next(now: 0)
        #expect(effects.contains(.load(after: 20, limit: 501)))
        outbox.accepted(Self.head(3))
        outbox.loaded(heads: [Self.head(21)], more: false, after: 20)
        #expect(outbox.next(now: 0) == [.load(after: 2, limit: 501)])
    }

    @Test("expired parcels are reported instead of sent; acknowledged ones leave the window")
    func expiryAndAcknowledgement() {
        var bench = Bench([Self.head(1, expires: 50), Self.head(2), Self.head(3)])
        bench.outbox.wayUp(.direct, destinationReachable: true, received: nil, now: 60)
        bench.run(now: 60)
        #expect(bench.expired == [Self.name(1)])
        #expect(bench.sentNumbers == [2, 3])
        #expect(bench.outbox.acknowledged(Self.acknowledgement([3, 9]), now: 61) == [Self.name(3)])
        #expect(bench.outbox.parcelsInMemory == 1)
    }

    @Test("what a hub had taken before a restart is not sent again until its wait is over")
    func restoredDepartures() {
        var bench = Bench([Self.head(1), Self.head(2), Self.head(3)])
        guard case .via(let hub) = Self.hub else { return }
        bench.outbox.restored(taken: [(row: 1, hub: hub), (row: 2, hub: hub)], now: 0)
        bench.outbox.wayUp(Self.hub, destinationReachable: true, received: nil, now: 0)
        bench.run(now: 0)
        #expect(bench.sentNumbers == [3])
        bench.run(now: 40_000)
        #expect(Set(bench.sentNumbers) == [1, 2, 3])
    }

    @Test("of two upstreams the first of the list is taken, and the next one when it is gone")
    func upstreamsInOrder() {
        let next = OutboxWay.via(BoxID(identityKey: [9]))
        var bench = Bench([Self.head(1), Self.head(2)])
        for (way, place) in [(next, 1), (Self.hub, 0)] {
            bench.outbox.wayUp(
                way, destinationReachable: true, isUpstream: true, place: place, received: nil, now: 0)
        }
        bench.run(now: 0)
        #expect(!bench.sent.isEmpty && bench.sent.allSatisfy { $0.way == Self.hub })
        bench.outbox.wayDown(Self.hub)
        bench.run(now: 1)
        #expect(bench.sent.last?.way == next)
    }

    @Test("the administrator's upstream goes before a peer that says it reaches the same")
    func upstreamFirst() {
        let boastful = OutboxWay.via(BoxID(identityKey: [9]))
        var bench = Bench([Self.head(1)])
        bench.outbox.wayUp(boastful, destinationReachable: true, received: nil, now: 0)
        bench.outbox.wayUp(Self.hub, destinationReachable: true, isUpstream: true, received: nil, now: 0)
        bench.run(now: 0)
        #expect(bench.sent.map(\.way) == [Self.hub])
    }
}
