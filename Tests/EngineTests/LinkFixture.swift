import Bundles

@testable import Engine

/// Two engines joined back to back, without a network: what one sends is kept until the test moves it.
struct LinkPair {
    static let dialerKey = X25519KeyPair.generate()
    static let listenerKey = X25519KeyPair.generate()

    var dialer: LinkEngine
    var listener: LinkEngine
    /// Bytes under way to the listener and to the dialer.
    var toListener: [UInt8] = []
    var toDialer: [UInt8] = []
    var dialerEffects: [LinkEffect] = []
    var listenerEffects: [LinkEffect] = []

    init(settings: LinkSettings = LinkSettings(), now: UInt64 = 0) {
        dialer = LinkEngine(
            role: .dialer(remoteLinkKey: Self.listenerKey.publicKey), localLink: Self.dialerKey,
            settings: settings, now: now)
        listener = LinkEngine(role: .listener, localLink: Self.listenerKey, settings: settings, now: now)
    }

    /// A pair whose session counts on both sides.
    static func counted(settings: LinkSettings = LinkSettings(), now: UInt64 = 0) -> LinkPair {
        var pair = LinkPair(settings: settings, now: now)
        pair.start(now: now)
        pair.exchange(now: now)
        return pair
    }

    mutating func start(now: UInt64) {
        note(listener.start(now: now), fromDialer: false, now: now)
        note(dialer.start(now: now), fromDialer: true, now: now)
    }

    /// Moves everything in both directions until nothing is left to move.
    mutating func exchange(now: UInt64) {
        repeat {
            drain(now: now)
            let there = toListener
            toListener = []
            if !there.isEmpty { note(listener.receive(there, now: now), fromDialer: false, now: now) }
            let back = toDialer
            toDialer = []
            if !back.isEmpty { note(dialer.receive(back, now: now), fromDialer: true, now: now) }
        } while !toListener.isEmpty || !toDialer.isEmpty || dialer.hasOutput || listener.hasOutput
    }

    /// Lets both engines write all that they can.
    mutating func drain(now: UInt64) {
        while dialer.hasOutput { note(dialer.writable(now: now), fromDialer: true, now: now) }
        while listener.hasOutput { note(listener.writable(now: now), fromDialer: false, now: now) }
    }

    mutating func note(_ effects: [LinkEffect], fromDialer: Bool, now: UInt64) {
        for effect in effects {
            if fromDialer { dialerEffects.append(effect) } else { listenerEffects.append(effect) }
            switch effect {
            case .send(let bytes):
                if fromDialer { toListener += bytes } else { toDialer += bytes }
            case .authenticate:
                note(listener.accept(hello: Self.hello(2), now: now), fromDialer: false, now: now)
            case .needHello:
                note(dialer.introduce(hello: Self.hello(1), now: now), fromDialer: true, now: now)
            default: break
            }
        }
    }

    static func hello(_ counter: UInt32, acknowledging numbers: RangeSet = RangeSet()) -> Hello {
        let entries =
            numbers.isEmpty
            ? [] : [Acknowledgement.Entry(epoch: Epoch(counter: 9, random: 9), numbers: numbers)]
        return Hello(
            forwards: false, epoch: Epoch(counter: counter, random: 7), storeID: UInt64(counter),
            knownEpoch: .none, knownNumber: 0,
            acknowledgement: Acknowledgement(storeID: UInt64(counter), epochs: entries))
    }
}

/// A bundle with a readable header and `size` bytes in all.
func makeBundle(
    token: UInt64, _ parcelClass: ParcelClass = .chat, size: Int = 200, isLive: Bool = false
) -> OutgoingBundle {
    let box = BoxID(identityKey: [1])
    let header = BundleHeader(
        class: parcelClass, isLive: isLive, origin: box, destination: box,
        epoch: Epoch(counter: 1, random: 1),
        sealingKeyID: 0, lifetimeSeconds: 60)
    var body = size - header.encode(sealedSize: size).count
    body = size - header.encode(sealedSize: body).count
    return OutgoingBundle(
        token: token, parcelClass: parcelClass, heldSeconds: 3, isTaken: !isLive,
        bytes: header.encode(sealedSize: body)
            + [UInt8](repeating: UInt8(truncatingIfNeeded: token), count: body))
}

extension [LinkEffect] {
    var bundles: [ReceivedBundle] {
        compactMap { if case .bundle(let bundle) = $0 { bundle } else { nil } }
    }

    var closeReason: LinkCloseReason? {
        for case .close(let reason) in self { return reason }
        return nil
    }

    var countedHellos: Int {
        reduce(0) { if case .counted = $1 { $0 + 1 } else { $0 } }
    }
}
