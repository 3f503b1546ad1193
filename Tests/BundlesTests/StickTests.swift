import Bundles
import Testing

@Suite("Files of bundles for a stick")
struct StickTests {
    private let finance: BoxIdentity
    private let interior: BoxIdentity
    private let file: [UInt8]
    private let bundles: [[UInt8]]

    init() throws {
        finance = try .generate(name: "finance", domain: "finance.gov.test")
        interior = try .generate(name: "interior", domain: "interior.gov.test")
        let (origin, destination) = (finance, interior)
        bundles = try (1...6).map { number in
            try Bundle.seal(
                BundleHeader(
                    class: .chat, isLive: false, origin: origin.boxID, destination: destination.boxID,
                    epoch: Epoch(counter: 1, random: 1), sealingKeyID: destination.newestSealingKey.id,
                    lifetimeSeconds: 60),
                groups: [[.mail(number: number, previous: .none, acceptedMs: 1, stanza: Array("<a/>".utf8))]],
                sender: origin.link, recipientSealingKey: destination.newestSealingKey.pair.publicKey)
        }
        file = Self.write(bundles, finance, interior)
    }

    private static func write(_ bundles: [[UInt8]], _ from: BoxIdentity, _ to: BoxIdentity) -> [UInt8] {
        let preamble = StickPreamble(signer: from.boxID, addressee: to.boxID, createdMs: 1_764_000_000_000)
        var writer = StickWriter(preamble, signing: from.signing)
        var file = preamble.encoded
        for index in stride(from: 0, to: bundles.count, by: 2) {
            let pair = Array(bundles[index..<min(index + 2, bundles.count)])
            file += writer.append(StickSegment(note: [UInt8(index)], bundles: pair))
        }
        return file + writer.append(StickSegment(kind: .end, note: [], bundles: []))
    }

    /// Reads to the end; the bundles, or why it is refused.
    private func read(_ file: [UInt8], piece: Int = .max, key: [UInt8]? = nil) throws -> [[UInt8]] {
        var reader = StickReader()
        var found: [[UInt8]] = []
        var rest = file[...]
        while !rest.isEmpty {
            let segments = try reader.feed(rest.prefix(piece)) { _ in key ?? finance.signing.publicKey }
            found += segments.flatMap(\.bundles)
            rest = rest.dropFirst(piece)
        }
        try reader.end()
        return found
    }

    @Test(
        "a file brings the same bundles, whatever the size of the pieces", arguments: [1, 7, 64, 1_000, .max])
    func pieces(size: Int) throws {
        #expect(try read(file, piece: size) == bundles)
    }

    @Test("a file that was cut anywhere is refused")
    func everyTruncation() throws {
        for length in 0..<file.count {
            #expect(throws: StickError.truncated, "\(length) bytes") { try read(Array(file.prefix(length))) }
        }
    }

    @Test("a file with one bit turned anywhere is refused, and nothing of the turned segment is handed out")
    func everyByteFlipped() throws {
        var random = SystemRandomNumberGenerator()
        for index in file.indices {
            var altered = file
            altered[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            #expect(throws: StickError.self, "byte \(index)") { try read(altered) }
            var reader = StickReader()
            let handedOut = try? reader.feed(altered) { _ in finance.signing.publicKey }
            let isHonest = handedOut.map {
                Array($0.flatMap(\.bundles)) == Array(bundles.prefix($0.count * 2))
            }
            #expect(isHonest != false, "byte \(index)")
        }
    }

    @Test("bytes inserted, removed or exchanged at random are noticed", arguments: 0..<200)
    func randomDamage(_: Int) throws {
        var altered = file
        let (from, count) = (Int.random(in: 0..<file.count), Int.random(in: 1...80))
        let range = from..<min(file.count, from + count)
        switch Int.random(in: 0..<3) {
        case 0: altered.insert(contentsOf: (0..<count).map { _ in UInt8.random(in: 0...255) }, at: from)
        case 1: altered.removeSubrange(range)
        default: altered.replaceSubrange(range, with: range.map { _ in UInt8.random(in: 0...255) })
        }
        guard altered != file else { return }
        #expect(throws: StickError.self) { try read(altered) }
    }

    @Test("a file signed by another box is refused")
    func otherSigner() throws {
        #expect(throws: StickError.altered) { try read(file, key: interior.signing.publicKey) }
    }

    @Test("segments of two files, or in another order, do not go together")
    func spliced() throws {
        let other = Self.write(bundles, finance, interior)
        let first = StickPreamble.size
        #expect(throws: StickError.altered) { try read(Array(file[..<first] + other[first...])) }
        let lengths = segmentLengths
        let (a, b) = (first + lengths[0], first + lengths[0] + lengths[1])
        #expect(throws: StickError.altered) {
            try read(Array(file[..<first] + file[a..<b] + file[first..<a] + file[b...]))
        }
        #expect(throws: StickError.altered) { try read(Array(file[..<a] + file[b...])) }
    }

    /// With their lengths and signatures.
    private var segmentLengths: [Int] {
        var lengths: [Int] = []
        var at = StickPreamble.size
        while at < file.count {
            let length = 68 + file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
            lengths.append(length)
            at += length
        }
        return lengths
    }

    @Test("what follows the end, and files of other formats, are refused")
    func otherFormats() throws {
        #expect(throws: StickError.trailing) { try read(file + [0]) }
        #expect(throws: StickError.notAStick) { try read(Array("PK\u{3}\u{4}".utf8)) }
        #expect(throws: StickError.truncated) { try read([]) }
        var newer = file
        newer[StickPreamble.magic.count] = 2
        #expect(throws: StickError.unknownVersion(2)) { try read(newer) }
    }

    @Test("a half-written file is continued behind its last whole segment, wherever it was cut")
    func resumed() throws {
        let lengths = segmentLengths
        for cut in stride(from: 0, through: file.count, by: 13) {
            var reader = StickReader()
            _ = try reader.feed(file.prefix(cut)) { _ in finance.signing.publicKey }
            let whole =
                lengths.dropLast().reduce(into: [StickPreamble.size]) { $0.append(($0.last ?? 0) + $1) }
                .last { $0 <= cut } ?? 0
            guard let resumption = reader.resumption else {
                #expect(whole <= StickPreamble.size)
                continue
            }
            #expect(resumption.offset == whole)
            var writer = try #require(StickWriter(continuing: reader, signing: finance.signing))
            let done = Int(resumption.note.first ?? 0) + 2
            var continued = Array(file.prefix(resumption.offset))
            for index in stride(from: done, to: bundles.count, by: 2) {
                continued += writer.append(
                    StickSegment(note: [UInt8(index)], bundles: Array(bundles[index..<index + 2])))
            }
            continued += writer.append(StickSegment(kind: .end, note: [], bundles: []))
            #expect(try read(continued) == bundles, "cut at \(cut)")
        }
    }

    @Test("a segment that claims to be longer than any is refused at once")
    func hugeSegment() throws {
        var reader = StickReader()
        let head = Array(file.prefix(StickPreamble.size))
        #expect(throws: StickError.altered) {
            try reader.feed(head + [0x00, 0x10, 0x00, 0x01]) { _ in finance.signing.publicKey }
        }
    }
}
