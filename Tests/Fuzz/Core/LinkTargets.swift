import FuzzDriver

@testable import Bundles
@testable import Engine

extension FuzzTarget {
    private static let frames: [LinkFrame] = {
        let hello = Hello(
            forwards: true, epoch: SampleBoxes.epoch, storeID: 7, knownEpoch: .none, knownNumber: 0,
            acknowledgement: SampleBoxes.acknowledgement)
        let bytes = SampleBoxes.shared.header.encode(sealedSize: 48) + [UInt8](repeating: 1, count: 48)
        return [
            .hello(hello),
            .fragment(Fragment(bundle: 1, class: .chat, isLast: true, heldSeconds: 3, bytes: bytes)),
            .fragment(
                Fragment(
                    bundle: 2, class: .urgent, isLast: false, isOpen: true, heldSeconds: 0, bytes: [0, 1])),
            .fragment(Fragment(bundle: 2, class: .urgent, isLast: true, heldSeconds: nil, bytes: [9])),
            .taken([1, 2, 9]), .ack(SampleBoxes.acknowledgement), .ping(1), .pong(1),
            .refused(number: 1, reason: .full, text: "full"), .clock(wallMs: 1_700_000_000_000, isSure: true),
        ]
    }()

    /// The frames of one record.
    static let linkFrames = FuzzTarget("link-frames") {
        frames.map { $0.encode() } + [frames.flatMap { $0.encode() }]
    } run: { input in
        guard let read = try? LinkFrame.decodeAll(input) else { return }
        let written = read.flatMap { $0.encode() }
        // A text that was no UTF-8 is longer afterwards.
        guard written.count <= LinkFormat.maxRecordBytes else { return }
        let again = try? LinkFrame.decodeAll(written)
        promise("frames are read as they were written", again.map { same($0, read) } ?? false)
    }

    private static func same(_ left: [LinkFrame], _ right: [LinkFrame]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                // A refusal's text is for people: bytes that are no UTF-8 were replaced and may be cut.
                if case .refused(let number, let reason, _) = left,
                    case .refused(number, reason, _) = right
                {
                    return true
                }
                return left == right
            }
    }

    /// Authentic records of a peer that says anything. Two bytes before each: the record's length.
    static let linkSession = FuzzTarget("link-session", longest: 16_384) {
        let all = frames.dropFirst().flatMap { $0.encode() }
        return frames.map { record($0.encode()) } + [record(Array(all)) + record(frames[6].encode())]
    } run: { input in
        var pair = LinkSamples.counted
        var reader = ByteReader(input)
        var now: UInt64 = 0
        while let head = try? reader.take(2) {
            let size = min(Int(head[0]) << 8 | Int(head[1]), reader.remaining, LinkFormat.maxRecordBytes)
            guard size > 0, let plaintext = try? reader.take(size) else { return }
            now += 100
            guard case .send(let bytes)? = pair.dialer.seal(plaintext, now: now).first else { return }
            let effects = pair.listener.receive(bytes, now: now)
            promise(
                "a peer cannot make the box hold more than a bundle of each class",
                pair.listener.bytesHeld <= 5 * Bundle.maxBytes + 65_536)
            for case .bundle(let bundle) in effects {
                pair.listener.taken([bundle.number])
            }
            while pair.listener.hasOutput { _ = pair.listener.writable(now: now) }
            _ = pair.listener.tick(now: now)
            if pair.listener.state == .closed {
                promise("a closed session holds nothing", pair.listener.bytesHeld == 0)
                return
            }
        }
    }

    private static func record(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }
}
