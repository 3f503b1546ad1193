import Bundles
import Testing

@testable import Engine

@Suite("Link transfer")
struct LinkTransferTests {
    @Test("bundles of every size arrive whole, and TAKEN comes back with the owner's tokens")
    func bundlesAndTaken() {
        var pair = LinkPair.counted()
        let sizes = [96, 200, 16_000, 16_384, 40_000, 65_500]
        for (index, size) in sizes.enumerated() {
            let parcelClass = ParcelClass.allCases[index % 5]
            _ = pair.dialer.send(makeBundle(token: UInt64(100 + index), parcelClass, size: size), now: 0)
        }
        pair.exchange(now: 0)
        let arrived = pair.listenerEffects.bundles
        #expect(arrived.count == sizes.count)
        #expect(arrived.map(\.bytes.count).sorted() == sizes)
        #expect(arrived.allSatisfy { $0.heldSeconds == 3 })
        #expect(arrived.allSatisfy { Int($0.bytes.last ?? 0) >= 100 })
        pair.listener.taken(arrived.map(\.number))
        pair.exchange(now: 0)
        var tokens: [UInt64] = []
        for case .taken(let more) in pair.dialerEffects { tokens += more }
        #expect(tokens.sorted() == (100...105).map { UInt64($0) })
    }

    @Test("an open bundle arrives as one, behind the hello that goes with it, and is answered like others")
    func openBundles() {
        var pair = LinkPair()
        pair.start(now: 0)
        for (token, size) in [(1, 100), (2, 40_000)] {
            let bundle = OutgoingBundle(
                token: UInt64(token), parcelClass: .chat, heldSeconds: 0, isOpen: true,
                bytes: [UInt8](repeating: UInt8(token), count: size))
            _ = pair.dialer.send(bundle, now: 0)
        }
        pair.exchange(now: 0)
        var arrived: [ReceivedOpenBundle] = []
        for case .openBundle(let bundle) in pair.listenerEffects { arrived.append(bundle) }
        #expect(arrived.map(\.bytes.count) == [100, 40_000])
        #expect(arrived.map(\.bytes.first) == [1, 2])
        #expect(pair.listenerEffects.countedHellos == 1)
        pair.listener.taken(arrived.map(\.number))
        pair.exchange(now: 0)
        #expect(pair.dialerEffects.contains(.taken([1, 2])))
    }

    @Test("a higher class goes between the fragments of a lower one")
    func urgentOvertakes() {
        var pair = LinkPair.counted()
        _ = pair.dialer.send(makeBundle(token: 1, .bulk, size: 65_000), now: 0)
        pair.note(pair.dialer.writable(now: 0), fromDialer: true, now: 0)
        _ = pair.dialer.send(makeBundle(token: 2, .urgent), now: 0)
        pair.exchange(now: 0)
        #expect(pair.listenerEffects.bundles.map(\.header.parcelClass) == [.urgent, .bulk])
    }

    @Test("a flood of a higher class leaves the lowest its share")
    func nobodyStarves() {
        var scheduler = ClassScheduler()
        var bytes = [Int](repeating: 0, count: 5)
        for _ in 0..<10_000 {
            guard let chosen = scheduler.choose(where: { _ in true }) else { break }
            bytes[chosen.slot] += 16_000
            scheduler.charge(chosen, bytes: 16_000)
        }
        #expect(zip(bytes, bytes.dropFirst()).allSatisfy { $0 > $1 })
        #expect(bytes[4] * 40 > bytes.reduce(0, +), "bulk gets at least a fortieth")
    }

    @Test("no more than the window is under way without TAKEN; live bundles do not wait for it")
    func inFlightWindow() {
        var settings = LinkSettings()
        settings.maxInFlightBytes = 100_000
        var pair = LinkPair.counted(settings: settings)
        for token in 1...10 { _ = pair.dialer.send(makeBundle(token: UInt64(token), size: 40_000), now: 0) }
        pair.exchange(now: 0)
        #expect(pair.listenerEffects.bundles.count == 2)
        _ = pair.dialer.send(makeBundle(token: 11, .urgent, isLive: true), now: 0)
        pair.exchange(now: 0)
        #expect(pair.listenerEffects.bundles.count == 3)
        pair.listener.taken([1])
        pair.exchange(now: 0)
        #expect(pair.listenerEffects.bundles.count == 4)
    }

    @Test("ACK, REFUSED and a repeated TAKEN reach the owner as they should")
    func answers() {
        var pair = LinkPair.counted()
        _ = pair.dialer.send(makeBundle(token: 5), now: 0)
        _ = pair.dialer.send(makeBundle(token: 6), now: 0)
        pair.exchange(now: 0)
        let acknowledgement = Acknowledgement(
            storeID: 4, epochs: [.init(epoch: Epoch(counter: 1, random: 1), numbers: RangeSet([1, 2, 5]))])
        pair.listener.taken([1])
        pair.listener.taken([1])
        pair.listener.refuse(2, reason: .full, text: "no room")
        pair.listener.acknowledge(acknowledgement)
        pair.exchange(now: 0)
        #expect(pair.dialerEffects.filter { $0 == .taken([5]) }.count == 1)
        #expect(pair.dialerEffects.contains(.acknowledged(acknowledgement)))
        #expect(pair.dialerEffects.contains(.refused(token: 6, reason: .full, text: "no room")))
        #expect(pair.dialer.state == .counted)
    }

    @Test("TAKEN for a bundle that was never sent closes")
    func unknownNumber() {
        var pair = LinkPair.counted()
        let effects = pair.dialer.receive(pair.record(from: .listener, LinkFrame.taken([9]).encode()), now: 0)
        #expect(effects == [.close(.unknownBundleNumber)])
    }

    @Test("a bundle with an unreadable header is refused and the session goes on")
    func badHeader() {
        var pair = LinkPair.counted()
        var bundle = makeBundle(token: 8)
        bundle.bytes[0] = 99
        _ = pair.dialer.send(bundle, now: 0)
        _ = pair.dialer.send(makeBundle(token: 9), now: 0)
        pair.exchange(now: 0)
        #expect(pair.listenerEffects.bundles.count == 1)
        #expect(
            pair.dialerEffects.contains { effect in
                if case .refused(8, .malformed, _) = effect { true } else { false }
            })
    }

    @Test("a bundle beyond the limit is refused before it is sent")
    func oversizedBundle() {
        var pair = LinkPair.counted()
        var bundle = makeBundle(token: 8)
        bundle.bytes = [UInt8](repeating: 0, count: 70_000)
        let effects = pair.dialer.send(bundle, now: 0)
        #expect(effects.count == 1 && !pair.dialer.hasOutput)
    }
}

enum Side { case dialer, listener }

extension LinkPair {
    /// A record with any plaintext, authentic but not necessarily well-behaved.
    mutating func record(from side: Side, _ plaintext: [UInt8]) -> [UInt8] {
        let effects = side == .dialer ? dialer.seal(plaintext, now: 0) : listener.seal(plaintext, now: 0)
        guard case .send(let bytes)? = effects.first else { return [] }
        return bytes
    }
}
