import Bundles
import Testing

@Suite struct CodecTests {
    private let hello = Hello(
        forwards: true, epoch: Epoch(counter: 4, random: 1), storeID: sampleAcknowledgement.storeID,
        knownEpoch: .none, knownNumber: 300,
        sealingKeyID: 0xfeed_f00d,
        acknowledgement: sampleAcknowledgement)

    private var frames: [LinkFrame] {
        [
            .hello(hello),
            .hello(
                Hello(
                    forwards: false, epoch: Epoch(counter: 4, random: 1),
                    storeID: sampleAcknowledgement.storeID,
                    knownEpoch: Epoch(counter: 1, random: .max), knownNumber: 400,
                    acknowledgement: sampleAcknowledgement)),
            .fragment(
                Fragment(bundle: 2, class: .chat, isLast: true, isOpen: true, heldSeconds: 900, bytes: [1])),
            .fragment(Fragment(bundle: 1, class: .bulk, isLast: false, heldSeconds: 0, bytes: [1, 2, 3])),
            .fragment(Fragment(bundle: 300, class: .urgent, isLast: true, heldSeconds: nil, bytes: [])),
            .taken([1, 2, 1_000]), .taken([]), .ack(sampleAcknowledgement), .ping(.max), .pong(1),
            .refused(number: 3, reason: .full, text: "disk بھر گئی"),
            .refused(number: 3, reason: RefusalReason(rawValue: 200), text: ""),
        ]
    }

    @Test("varints keep every value and have one spelling")
    func varints() throws {
        for value in [0, 1, 127, 128, 16_383, 16_384, 1 << 35, 1 << 63, .max - 1, .max] as [UInt64] {
            var writer = ByteWriter()
            writer.varint(value)
            #expect(writer.bytes.count == ByteWriter.varintSize(value))
            var reader = ByteReader(writer.bytes)
            #expect(try reader.varint() == value)
        }
        for bad: [UInt8] in [
            [0x80, 0], [0xff, 0x80, 0], [UInt8](repeating: 0xff, count: 9) + [2],
            [UInt8](repeating: 0xff, count: 10) + [1],
        ] {
            var reader = ByteReader(bad)
            #expect(throws: ByteError.badVarint) { try reader.varint() }
        }
        var open = ByteReader([0x80])
        #expect(throws: ByteError.truncated) { try open.varint() }
    }

    @Test(
        "every parcel survives its bytes, and none of its beginnings passes for one", arguments: sampleParcels
    )
    func parcels(parcel: Parcel) throws {
        var writer = ByteWriter()
        parcel.encode(into: &writer)
        #expect(parcel.encodedSize == writer.bytes.count)
        var reader = ByteReader(writer.bytes)
        #expect(try Parcel.decode(from: &reader) == parcel)
        #expect(reader.isAtEnd)
        for length in 0..<writer.bytes.count {
            var cut = ByteReader(Array(writer.bytes.prefix(length)))
            #expect(throws: ByteError.truncated) { try Parcel.decode(from: &cut) }
        }
    }

    @Test("parcels with number 0, a predecessor after themselves, no UTF-8 or a huge length are refused")
    func badParcels() {
        for bytes: [UInt8] in [
            [0], [7], [1, 0, 0, 0, 0], [1, 5, 5, 0, 0], [1, 5, 9, 0, 0], [3, 1, 0xff, 0xff, 3],
            [4, 1, 0xff, 0, 0],
            [5, 0xff, 0xff, 0xff, 0xff, 0x0f], [2, 1] + [UInt8](repeating: 0, count: 15),
        ] {
            var reader = ByteReader(bytes)
            #expect(throws: ByteError.self, "\(bytes)") { try Parcel.decode(from: &reader) }
        }
    }

    @Test("all frames of a record are read in order, and a cut record is an error")
    func linkFrames() throws {
        var record: [UInt8] = []
        var boundaries: Set<Int> = [0]
        for frame in frames {
            record += frame.encode()
            boundaries.insert(record.count)
        }
        #expect(try LinkFrame.decodeAll(record) == frames)
        for length in 0..<record.count where !boundaries.contains(length) {
            #expect(throws: ByteError.truncated) { try LinkFrame.decodeAll(Array(record.prefix(length))) }
        }
    }

    @Test("frames of unknown type are skipped, what a newer HELLO adds is ignored, malformed ones throw")
    func compatibility() throws {
        let ping = LinkFrame.ping(9)
        #expect(try LinkFrame.decodeAll([99, 3, 1, 2, 3] + ping.encode()) == [ping])
        let known = LinkFrame.hello(hello).encode()
        var newer = known + [5, 5]
        #expect(known[1] < 0x7e)
        newer[1] += 2
        newer[2] = 2
        guard case .hello(let read)? = try LinkFrame.decodeAll(newer).first else {
            Issue.record("no hello")
            return
        }
        #expect(read.version == 2 && read.acknowledgement == sampleAcknowledgement)
        newer[2] = 1
        #expect(throws: ByteError.trailing) { try LinkFrame.decodeAll(newer) }
        for bytes: [UInt8] in [
            [5, 7, 0, 0, 0, 0, 0, 0, 0], [5, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0], [2, 3, 0, 0, 1], [2, 3, 1, 5, 1],
            [2, 3, 1, 32, 4], [2, 3, 1, 64, 4], [2, 3, 1, 128, 4], [2, 4, 1, 48, 0, 4], [3, 2, 1, 0],
            [3, 1, 9], [99],
        ] {
            #expect(throws: ByteError.self, "\(bytes)") { try LinkFrame.decodeAll(bytes) }
        }
        #expect(throws: ByteError.overLimit("record")) {
            try LinkFrame.decodeAll([UInt8](repeating: 0, count: LinkFormat.maxRecordBytes + 1))
        }
    }

    @Test("a header is read from its beginning alone, every shorter piece asks for more")
    func headers() throws {
        let header = try TwoBoxes().header
        let bytes = header.encode(sealedSize: 4_096)
        let (read, length, sealed) = try BundleHeader.decode(bytes + [9, 9, 9])
        #expect(read == header && length == bytes.count && sealed == 4_096)
        for size in 0..<bytes.count {
            #expect(throws: BundleError.malformed(.truncated)) { try BundleHeader.decode(bytes.prefix(size)) }
        }
        #expect(throws: BundleError.unknownVersion(2)) { try BundleHeader.decode([2] + bytes.dropFirst()) }
        #expect(throws: BundleError.malformed(.badValue("class"))) {
            try BundleHeader.decode([1, 5] + bytes.dropFirst(2))
        }
        #expect(throws: BundleError.malformed(.overLimit("sealed size"))) {
            try BundleHeader.decode(header.encode(sealedSize: 65_536))
        }
        #expect(throws: BundleError.malformed(.badValue("sealed size"))) {
            try BundleHeader.decode(header.encode(sealedSize: 47))
        }
    }

    @Test("an acknowledgement split to fit says the same in pieces, the newest epochs first")
    func splitting() throws {
        var numbers = RangeSet()
        for number in stride(from: 1 as UInt64, to: 9_000, by: 3) { numbers.insert(number) }
        let whole = Acknowledgement(
            storeID: 5,
            epochs: (1...300).map {
                .init(epoch: Epoch(counter: $0, random: 0), numbers: $0 == 7 ? numbers : RangeSet([1, 2]))
            })
        let pieces = whole.split(maxBytes: 512)
        #expect(pieces.allSatisfy { $0.encoded().count <= 512 && $0.storeID == 5 })
        #expect(pieces.first?.epochs.first?.epoch.counter == 300)
        var joined: [Epoch: RangeSet] = [:]
        for entry in pieces.flatMap(\.epochs) {
            joined[entry.epoch, default: RangeSet()].formUnion(entry.numbers)
        }
        #expect(joined == Dictionary(uniqueKeysWithValues: whole.epochs.map { ($0.epoch, $0.numbers) }))
        #expect(Acknowledgement(storeID: 1, epochs: []).split(maxBytes: 100).count == 1)
    }
}
