@testable import Bundles
@testable import Engine

/// Two engines joined without a network, with the same keys in every run.
struct LinkSamples {
    var dialer: LinkEngine
    var listener: LinkEngine

    static let hello = Hello(
        forwards: false, epoch: SampleBoxes.epoch, storeID: 1, knownEpoch: .none, knownNumber: 0,
        acknowledgement: Acknowledgement(storeID: 1, epochs: []))

    /// Message 1 and the answer to it.
    static let handshake: (first: [UInt8], reply: [UInt8]) = {
        var pair = LinkSamples()
        let first = pair.sent(pair.dialer.start(now: 0))
        _ = pair.listener.start(now: 0)
        _ = pair.listener.receive(first, now: 0)
        return (first, pair.sent(pair.listener.accept(hello: hello, now: 0)))
    }()

    /// A session that counts on both sides.
    static let counted: LinkSamples = {
        var pair = LinkSamples()
        _ = pair.listener.start(now: 0)
        _ = pair.listener.receive(pair.sent(pair.dialer.start(now: 0)), now: 0)
        _ = pair.dialer.receive(pair.sent(pair.listener.accept(hello: hello, now: 0)), now: 0)
        _ = pair.dialer.introduce(hello: hello, now: 0)
        while pair.dialer.hasOutput {
            _ = pair.listener.receive(pair.sent(pair.dialer.writable(now: 0)), now: 0)
        }
        guard pair.listener.state == .counted, pair.dialer.state == .counted else {
            fatalError("the sample session does not count")
        }
        return pair
    }()

    init() {
        let boxes = SampleBoxes.shared
        let ephemeral: (UInt8) -> X25519KeyPair? = {
            try? X25519KeyPair(secret: Sodium.blake2b(32, [9, $0]))
        }
        dialer = LinkEngine(
            role: .dialer(remoteLinkKey: boxes.interior.link.publicKey), localLink: boxes.finance.link,
            now: 0,
            ephemeral: ephemeral(1))
        listener = LinkEngine(
            role: .listener, localLink: boxes.interior.link, now: 0, ephemeral: ephemeral(2))
    }

    func sent(_ effects: [LinkEffect]) -> [UInt8] {
        effects.flatMap { if case .send(let bytes) = $0 { bytes } else { [UInt8]() } }
    }
}
