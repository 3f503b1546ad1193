import Bundles
import Testing

@testable import Engine

@Suite("Link hostility")
struct LinkHostilityTests {
    static func fragment(
        _ number: UInt64, _ parcelClass: ParcelClass = .chat, first: Bool, last: Bool = false, size: Int = 100
    ) -> [UInt8] {
        LinkFrame.fragment(
            Fragment(
                bundle: number, class: parcelClass, isLast: last, heldSeconds: first ? 0 : nil,
                bytes: [UInt8](repeating: 1, count: size))
        ).encode()
    }

    @Test("fragments out of order, empty or of two bundles at once in a class close")
    func fragmentOrder() {
        let cases: [[[UInt8]]] = [
            [Self.fragment(1, first: false)],
            [Self.fragment(2, first: true)],
            [Self.fragment(1, first: true), Self.fragment(2, first: true)],
            [Self.fragment(1, first: true), Self.fragment(1, first: true)],
            [Self.fragment(1, first: true), Self.fragment(1, .bulk, first: false)],
            [Self.fragment(1, first: true, size: 0)],
        ]
        for frames in cases {
            var pair = LinkPair.counted()
            let effects = pair.listener.receive(pair.record(from: .dialer, frames.flatMap { $0 }), now: 0)
            #expect(effects == [.close(.fragmentOutOfOrder)])
        }
    }

    @Test("a flood of fragments holds no more than one bundle per class, then closes")
    func fragmentFlood() {
        var pair = LinkPair.counted()
        var number: UInt64 = 0
        for parcelClass in ParcelClass.allCases {
            number += 1
            for index in 0..<4 {
                let frame = Self.fragment(number, parcelClass, first: index == 0, size: 16_000)
                #expect(pair.listener.receive(pair.record(from: .dialer, frame), now: 0).isEmpty)
            }
        }
        #expect(pair.listener.bytesHeld <= 5 * Bundle.maxBytes)
        let more = pair.record(from: .dialer, Self.fragment(1, .urgent, first: false, size: 16_000))
        #expect(pair.listener.receive(more, now: 0) == [.close(.bundleTooLarge)])
        #expect(pair.listener.bytesHeld == 0)
    }

    @Test("lengths above the limit close at once, without waiting for the bytes")
    func oversizedLength() {
        var fresh = LinkPair()
        _ = fresh.listener.start(now: 0)
        #expect(fresh.listener.receive([0xff, 0xff], now: 0) == [.close(.messageTooLong)])
        var pair = LinkPair.counted()
        #expect(pair.listener.receive([0x7f, 0xff], now: 0) == [.close(.messageTooLong)])
        var short = LinkPair.counted()
        #expect(short.listener.receive([0, 3], now: 0) == [.close(.malformed(.truncated))])
    }

    @Test("an altered record delivers nothing, wherever it was altered")
    func alteredRecord() {
        var pair = LinkPair.counted()
        _ = pair.dialer.send(makeBundle(token: 1), now: 0)
        pair.drain(now: 0)
        for index in 2..<pair.toListener.count {
            var listener = pair.listener
            var altered = pair.toListener
            altered[index] ^= 0x20
            #expect(listener.receive(altered, now: 0) == [.close(.notAuthentic)])
        }
        // And a replayed record is not authentic either.
        #expect(pair.listener.receive(pair.toListener, now: 0).bundles.count == 1)
        #expect(pair.listener.receive(pair.toListener, now: 0) == [.close(.notAuthentic)])
    }

    @Test("a session cut at any byte, then garbage, never traps and never counts")
    func garbageAtEveryByte() {
        var recorded = LinkPair()
        recorded.start(now: 0)
        let firstMessage = recorded.toListener
        var random = SeededGenerator(seed: 17)
        for cut in 0...firstMessage.count {
            var pair = LinkPair()
            _ = pair.listener.start(now: 0)
            let garbage = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
            pair.note(pair.listener.receive(firstMessage.prefix(cut), now: 0), fromDialer: false, now: 0)
            pair.note(pair.listener.receive(garbage, now: 0), fromDialer: false, now: 0)
            pair.note(pair.listener.tick(now: 5_000), fromDialer: false, now: 5_000)
            #expect(pair.listenerEffects.countedHellos == 0)
            #expect(pair.listener.state == .closed)
        }
    }

    @Test("an authentic record of any frames never traps, and a bad one delivers nothing at all")
    func garbageFrames() {
        var random = SeededGenerator(seed: 99)
        let base = LinkPair.counted()
        let good = makeBundle(token: 1)
        let whole = Fragment(bundle: 1, class: .chat, isLast: true, heldSeconds: 0, bytes: good.bytes)
        let frames =
            LinkFrame.fragment(whole).encode() + LinkFrame.ping(1).encode() + LinkFrame.taken([1]).encode()
        for _ in 0..<500 {
            var pair = base
            var plaintext = frames
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                plaintext[Int.random(in: plaintext.indices, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            let cut = Int.random(in: 1...plaintext.count, using: &random)
            let bytes = pair.record(from: .dialer, Array(plaintext.prefix(cut)))
            let effects = pair.listener.receive(bytes, now: 0)
            if case .malformed? = effects.closeReason { #expect(effects.count == 1) }
            if let reason = effects.closeReason { #expect(!reason.text.isEmpty) }
        }
    }

    @Test("a second hello closes, and so does a first record without one")
    func helloRules() {
        var pair = LinkPair.counted()
        let again = pair.record(from: .dialer, LinkFrame.hello(LinkPair.hello(1)).encode())
        #expect(pair.listener.receive(again, now: 0) == [.close(.helloRepeated)])

        var early = LinkPair()
        early.start(now: 0)
        early.note(early.listener.receive(early.toListener, now: 0), fromDialer: false, now: 0)
        _ = early.dialer.receive(early.toDialer, now: 0)
        let ping = early.record(from: .dialer, LinkFrame.ping(4).encode())
        #expect(early.listener.receive(ping, now: 0) == [.close(.helloMissing)])
    }

    @Test("a peer that sends without reading the answers is closed at a bound")
    func answerFlood() {
        var pair = LinkPair.counted()
        var reason: LinkCloseReason?
        var number: UInt64 = 0
        while reason == nil, number < 60_000 {
            var plaintext: [UInt8] = []
            while plaintext.count < 16_000 {
                number += 1
                plaintext += Self.fragment(number, first: true, last: true, size: 1)
            }
            reason = pair.listener.receive(pair.record(from: .dialer, plaintext), now: 0).closeReason
        }
        #expect(reason == .flood)
    }

    @Test("bytes ahead of the owner's decision are bounded")
    func earlyBytes() {
        var pair = LinkPair()
        pair.start(now: 0)
        _ = pair.listener.receive(pair.toListener, now: 0)
        let effects = pair.listener.receive([UInt8](repeating: 0, count: 70_000), now: 0)
        #expect(effects == [.close(.flood)])
    }
}
