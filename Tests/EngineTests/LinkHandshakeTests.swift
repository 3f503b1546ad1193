import Bundles
import Testing

@testable import Engine

@Suite("Link handshake")
struct LinkHandshakeTests {
    @Test("a handshake counts on both sides and hands over both hellos")
    func bothSidesCount() {
        let pair = LinkPair.counted()
        #expect(pair.dialer.state == .counted)
        #expect(pair.listener.state == .counted)
        #expect(pair.dialerEffects.contains(.counted(LinkPair.hello(2))))
        #expect(pair.listenerEffects.contains(.counted(LinkPair.hello(1))))
        #expect(pair.listener.remoteLinkKey == LinkPair.dialerKey.publicKey)
        #expect(pair.dialer.remoteLinkKey == LinkPair.listenerKey.publicKey)
    }

    @Test("a replayed first message displaces nothing")
    func replayDoesNotCount() {
        var original = LinkPair()
        original.start(now: 0)
        let firstMessage = original.toListener

        var replayed = LinkPair()
        _ = replayed.listener.start(now: 0)
        replayed.note(replayed.listener.receive(firstMessage, now: 0), fromDialer: false, now: 0)
        #expect(replayed.listenerEffects.contains(.authenticate(linkKey: LinkPair.dialerKey.publicKey)))
        #expect(replayed.listener.state == .handshaking)
        // Whoever replays cannot go on: whatever follows is not authentic.
        let next = replayed.listener.receive([0, 40] + [UInt8](repeating: 7, count: 40), now: 1)
        #expect(next.closeReason == .notAuthentic)
        #expect(replayed.listenerEffects.countedHellos == 0 && next.countedHellos == 0)
    }

    @Test("an unknown key closes before anything else is read")
    func unknownKeyCloses() {
        var pair = LinkPair()
        pair.start(now: 0)
        let effects = pair.listener.receive(pair.toListener + [1, 2, 3], now: 0)
        #expect(effects == [.authenticate(linkKey: LinkPair.dialerKey.publicKey)])
        #expect(pair.listener.reject(now: 0) == [.close(.unknownPeer)])
        #expect(pair.listener.receive([0, 0, 0], now: 0).isEmpty)
        #expect(pair.listener.state == .closed)
    }

    @Test("a dialer that reached another box than it meant gives up")
    func wrongListenerKey() {
        var dialer = LinkEngine(
            role: .dialer(remoteLinkKey: X25519KeyPair.generate().publicKey), localLink: LinkPair.dialerKey,
            now: 0)
        var listener = LinkEngine(role: .listener, localLink: LinkPair.listenerKey, now: 0)
        _ = listener.start(now: 0)
        guard case .send(let message)? = dialer.start(now: 0).first else {
            Issue.record("the dialer sent nothing")
            return
        }
        #expect(listener.receive(message, now: 0) == [.close(.handshakeFailed)])
    }

    @Test("the handshake has a limit on both sides")
    func handshakeLimit() {
        var pair = LinkPair()
        pair.start(now: 100)
        #expect(pair.listener.nextTick == 15_100)
        #expect(pair.listener.tick(now: 15_099).isEmpty)
        #expect(pair.listener.tick(now: 15_100) == [.close(.handshakeTimeout)])
        #expect(pair.dialer.tick(now: 15_100) == [.close(.handshakeTimeout)])
        #expect(pair.dialer.nextTick == .max)
    }

    @Test("a handshake in single bytes counts as well")
    func byteByByte() {
        var pair = LinkPair()
        pair.start(now: 0)
        while !pair.toListener.isEmpty || !pair.toDialer.isEmpty {
            let there = pair.toListener
            pair.toListener = []
            for byte in there {
                pair.note(pair.listener.receive(CollectionOfOne(byte), now: 0), fromDialer: false, now: 0)
            }
            let back = pair.toDialer
            pair.toDialer = []
            for byte in back {
                pair.note(pair.dialer.receive(CollectionOfOne(byte), now: 0), fromDialer: true, now: 0)
            }
            pair.drain(now: 0)
        }
        #expect(pair.listener.state == .counted)
        #expect(pair.dialer.state == .counted)
    }

    @Test("a hello whose acknowledgement is too long for a record is continued in ACK frames")
    func longHello() {
        let numbers = RangeSet((0..<20_000).map { UInt64($0) * 3 + 1 })
        var pair = LinkPair()
        _ = pair.listener.start(now: 0)
        guard case .send(let first)? = pair.dialer.start(now: 0).first else { return }
        _ = pair.listener.receive(first, now: 0)
        pair.note(
            pair.listener.accept(hello: LinkPair.hello(2, acknowledging: numbers), now: 0), fromDialer: false,
            now: 0)
        pair.exchange(now: 0)
        #expect(pair.dialer.state == .counted)
        var heard = RangeSet()
        for effect in pair.dialerEffects {
            switch effect {
            case .counted(let hello): hello.acknowledgement.epochs.forEach { heard.formUnion($0.numbers) }
            case .acknowledged(let more): more.epochs.forEach { heard.formUnion($0.numbers) }
            default: break
            }
        }
        #expect(heard == numbers)
    }

    @Test("of two sessions both ends keep the same one")
    func sessionChoice() {
        let low: [UInt8] = [1]
        let high: [UInt8] = [2]
        for (existingByLow, newByLow) in [(true, true), (true, false), (false, true), (false, false)] {
            let atLow = SessionChoice.between(
                localKey: low, remoteKey: high, existingDialedHere: existingByLow, newDialedHere: newByLow,
                existingIsSuspect: false)
            let atHigh = SessionChoice.between(
                localKey: high, remoteKey: low, existingDialedHere: !existingByLow, newDialedHere: !newByLow,
                existingIsSuspect: false)
            #expect(atLow == atHigh)
            let expected: SessionChoice =
                existingByLow && !newByLow ? .keepExisting : .replaceExisting
            #expect(atLow == expected)
        }
        let suspect = SessionChoice.between(
            localKey: low, remoteKey: high, existingDialedHere: true, newDialedHere: false,
            existingIsSuspect: true)
        #expect(suspect == .replaceExisting)
    }
}
