import FuzzDriver

@testable import Bundles
@testable import Engine

extension FuzzTarget {
    private static let boxes = SampleBoxes.shared

    /// Strangers on the link's port, and peers whose messages are altered on their way.
    static let handshake = FuzzTarget("handshake") {
        let (first, reply) = LinkSamples.handshake
        return [
            [0] + first, [0] + first + reply, [1] + reply, [2, 0], [2, 40, 1], [3, 5, 1],
            [4] + first.dropFirst(2),
            [5] + reply.dropFirst(2),
        ]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        switch input.choice % 6 {
        case 0: listen(input.bytes, input.pieces)
        case 1: dial(input.bytes)
        case 2: altered(LinkSamples.handshake.first, input.bytes, isReply: false)
        case 3: altered(LinkSamples.handshake.reply, input.bytes, isReply: true)
        case 4: noise(.ik, .responder, input.bytes)
        default: noise(.k, .responder, input.bytes)
        }
    }

    private static func listen(_ bytes: [UInt8], _ pieces: [ArraySlice<UInt8>]) {
        var listener = LinkSamples().listener
        _ = listener.start(now: 0)
        for piece in pieces {
            let isDialed = listener.receive(piece, now: 0).contains {
                if case .authenticate = $0 { true } else { false }
            }
            if isDialed { _ = listener.accept(hello: LinkSamples.hello, now: 0) }
            promise("a stranger occupies little", listener.bytesHeld <= 2 * 65_536 + piece.count)
        }
        promise("what does not know the session's keys does not count", listener.state != .counted)
        _ = listener.tick(now: 60_000)
        promise("who says nothing is not waited for", listener.state == .closed)
    }

    private static func dial(_ bytes: [UInt8]) {
        var dialer = LinkSamples().dialer
        _ = dialer.start(now: 0)
        let isAsking = dialer.receive(bytes, now: 0).contains {
            if case .needHello = $0 { true } else { false }
        }
        let reply = LinkSamples.handshake.reply
        promise("only the listener's own answer is taken", !isAsking || bytes.starts(with: reply))
    }

    /// The input lies over a message as a mask, from the place that its first byte says.
    private static func altered(_ message: [UInt8], _ mask: [UInt8], isReply: Bool) {
        guard let place = mask.first, mask.dropFirst().contains(where: { $0 != 0 }) else { return }
        var message = message
        var isAltered = false
        for (offset, bits) in mask.dropFirst().enumerated() where Int(place) + offset < message.count {
            message[Int(place) + offset] ^= bits
            isAltered = isAltered || bits != 0
        }
        guard isAltered else { return }
        var pair = LinkSamples()
        _ = pair.dialer.start(now: 0)
        _ = pair.listener.start(now: 0)
        let effects = isReply ? pair.dialer.receive(message, now: 0) : pair.listener.receive(message, now: 0)
        let isTaken = effects.contains {
            switch $0 {
            case .authenticate, .needHello, .counted: true
            default: false
            }
        }
        promise("an altered message of the handshake is not taken", !isTaken)
    }

    private static func noise(
        _ pattern: NoiseHandshake.Pattern, _ role: NoiseHandshake.Role, _ bytes: [UInt8]
    ) {
        var handshake = NoiseHandshake(
            pattern: pattern, role: role, prologue: LinkFormat.prologue, localStatic: boxes.interior.link,
            remoteStatic: pattern == .k ? boxes.finance.link.publicKey : nil)
        guard (try? handshake.readMessage(bytes)) == nil else { return }
        promise("after an error it is of no further use", (try? handshake.writeMessage()) == nil)
    }
}
