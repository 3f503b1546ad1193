import FuzzDriver

@testable import Bundles

extension FuzzTarget {
    private static let boxes = SampleBoxes.shared

    /// Files of bundles: as they are found on a stick, and what their writer signed.
    static let stick = FuzzTarget("stick", longest: 8_192) {
        let bundle = boxes.header.encode(sealedSize: 64) + [UInt8](repeating: 1, count: 64)
        let segment = StickSegment(note: [1, 2], bundles: [bundle, bundle])
        let end = StickSegment(kind: .end, note: [], bundles: [])
        var writer = StickWriter(preamble, signing: boxes.finance.signing)
        let file = preamble.encoded + writer.append(segment) + writer.append(end)
        return [[0] + file, [0x40] + file, [1] + segment.body, [1] + end.body, [2] + preamble.encoded]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        switch input.choice & 3 {
        case 0: read(input.pieces)
        case 1: signed(input.bytes)
        default:
            guard let preamble = try? StickPreamble(input.bytes) else { return }
            promise("a preamble is read as it was written", preamble.encoded == input.bytes)
        }
    }

    private static let preamble: StickPreamble = {
        let made = StickPreamble(
            signer: boxes.finance.boxID, addressee: boxes.interior.boxID, createdMs: 1_764_000_000_000)
        // The id is random: the corpus has one of zeros.
        let bytes = made.encoded
        var fixed = bytes
        for index in 32..<48 { fixed[index] = 0 }
        do { return try StickPreamble(fixed) } catch { fatalError("the sample preamble: \(error)") }
    }()

    private static func read(_ pieces: [ArraySlice<UInt8>]) {
        var reader = StickReader()
        do {
            for piece in pieces {
                for segment in try reader.feed(piece, signer: { _ in boxes.finance.signing.publicKey }) {
                    promise("only what is signed is handed out", known.contains(segment))
                }
            }
            try reader.end()
            promise("a complete file has a digest", reader.digest != nil)
        } catch {}
    }

    /// What the seeds signed; a fuzzer cannot sign more.
    private static let known: [StickSegment] = {
        let bundle = boxes.header.encode(sealedSize: 64) + [UInt8](repeating: 1, count: 64)
        return [
            StickSegment(note: [1, 2], bundles: [bundle, bundle]),
            StickSegment(kind: .end, note: [], bundles: []),
        ]
    }()

    /// A segment's body that a peer has signed, whatever is in it.
    private static func signed(_ body: [UInt8]) {
        var chain = StickChain(preamble.encoded)
        chain.append(body[...])
        var file = ByteWriter()
        file.append(preamble.encoded)
        file.uint32(UInt32(body.count))
        file.append(body)
        file.append(boxes.finance.signing.sign(chain.message))
        var reader = StickReader()
        let segments = try? reader.feed(file.bytes) { _ in boxes.finance.signing.publicKey }
        guard let segment = segments?.first else { return }
        promise(
            "a segment is read as it was written", (try? StickSegment(body: segment.body[...])) == segment)
    }
}
