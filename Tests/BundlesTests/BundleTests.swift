import Testing

@testable import Bundles

@Suite struct BundleTests {
    @Test("what is sealed is opened, in order, over all groups")
    func roundTrip() throws {
        let boxes = try TwoBoxes()
        let bytes = try boxes.seal([Array(sampleParcels.prefix(3)), [], Array(sampleParcels.dropFirst(3))])
        #expect(try boxes.open(bytes) == sampleParcels)
        let (header, length, sealed) = try BundleHeader.decode(bytes)
        #expect(header == boxes.header)
        #expect(length + sealed == bytes.count)
        #expect((sealed - Bundle.sealOverhead) % 16 == 0)
        #expect(try boxes.open(try boxes.seal([])).isEmpty)
    }

    @Test("a bundle altered in any byte, cut or extended is refused")
    func altered() throws {
        let boxes = try TwoBoxes()
        let bytes = try boxes.seal([sampleParcels])
        for index in bytes.indices {
            for bit in [0x01, 0x80] as [UInt8] {
                var altered = bytes
                altered[index] ^= bit
                #expect(throws: BundleError.self) { try boxes.open(altered) }
            }
            #expect(throws: BundleError.self) { try boxes.open(Array(bytes.prefix(index))) }
        }
        #expect(throws: BundleError.malformed(.trailing)) { try boxes.open(bytes + [0]) }
    }

    @Test("an open bundle brings its parcels without seal, header and padding", arguments: [true, false])
    func open(isLive: Bool) throws {
        let boxes = try TwoBoxes()
        for epoch in [nil, Epoch(counter: 3, random: 4)] {
            let bytes = try OpenBundle.encode([sampleParcels, []], isLive: isLive, epoch: epoch)
            let read = try OpenBundle.decode(bytes)
            #expect(read == OpenBundle(isLive: isLive, epoch: epoch, parcels: sampleParcels))
            #expect(OpenBundle.isLive(bytes) == isLive)
            let sealed = try boxes.seal([sampleParcels])
            #expect(bytes.count + 80 < sealed.count)
        }
        for bytes: [UInt8] in [[], [4], [2, 1], [0, 255], [0, 0, 1], [0, 0, 0]] {
            #expect(throws: BundleError.self) { try OpenBundle.decode(bytes) }
        }
    }

    @Test("nobody but the sender seals in its name, nobody but the recipient opens")
    func wrongKeys() throws {
        let boxes = try TwoBoxes()
        let bytes = try boxes.seal([sampleParcels])
        let other = X25519KeyPair.generate()
        let recipient = boxes.interior.newestSealingKey.pair
        #expect(throws: BundleError.notAuthentic) {
            try Bundle.open(bytes, sender: other.publicKey, recipient: recipient)
        }
        #expect(throws: BundleError.notAuthentic) {
            try Bundle.open(bytes, sender: boxes.finance.link.publicKey, recipient: other)
        }
        #expect(throws: BundleError.badKey) {
            try Bundle.seal(
                boxes.header, groups: [], sender: other, recipientSealingKey: [UInt8](repeating: 0, count: 32)
            )
        }
    }

    @Test("content up to the capacity fits even if it cannot be compressed, and no byte more is promised")
    func capacity() throws {
        let boxes = try TwoBoxes()
        var generator = SeededGenerator(state: 1)
        func parcel(_ size: Int) -> Parcel {
            .live((0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        var size = Bundle.contentCapacity
        while Bundle.contentSize(parcelBytes: parcel(size).encodedSize) > Bundle.contentCapacity { size -= 1 }
        let bytes = try boxes.seal([[parcel(size)]])
        #expect(bytes.count <= Bundle.maxBytes)
        #expect(try boxes.open(bytes).count == 1)
        #expect(throws: BundleError.tooLarge) { try boxes.seal([[parcel(size + 17)]]) }
    }

    @Test("fifty messages of 100 bytes cost less than 60 bytes each")
    func size() throws {
        let boxes = try TwoBoxes()
        var generator = SeededGenerator(state: 2)
        var total = 0
        for bundle in 0..<20 {
            let parcels = (0..<50).map { index in Self.message(bundle * 50 + index + 1, using: &generator) }
            let bytes = try boxes.seal([parcels])
            #expect(try boxes.open(bytes) == parcels)
            total += bytes.count
        }
        #expect(total / 1_000 < 60, "\(total) bytes for 1,000 messages")
        #expect(total > 10_000, "ids alone are random")
    }

    /// A message of a real client's form whose body has 100 bytes.
    private static func message(_ number: Int, using generator: inout SeededGenerator) -> Parcel {
        let words = "please send the budget report of this month before the meeting thank you sir office file"
            .split(separator: " ")
        var body = "\(number)"
        while body.utf8.count < 100 { body += " " + (words.randomElement(using: &generator) ?? "") }
        let id = String(generator.next(), radix: 36)
        let stanza =
            "<message xmlns='jabber:client' from='ali@finance.gov.test/phone' to='sana@interior.gov.test' type='chat' "
            + "id='\(id)'><body>\(body.prefix(100))</body><origin-id xmlns='urn:xmpp:sid:0' id='\(id)'/>"
            + "<request xmlns='urn:xmpp:receipts'/></message>"
        return .mail(
            number: UInt64(number), previous: number == 1 ? .none : .sameEpoch(UInt64(number - 1)),
            acceptedMs: 1_700_000_000_000 + UInt64(number) * 900, stanza: Array(stanza.utf8))
    }

    @Test("a message alone is compressed by the dictionary")
    func dictionary() throws {
        var generator = SeededGenerator(state: 3)
        let plain = ParcelColumns.encode([Self.message(1, using: &generator)]).compressible
        let compressed = try #require(BundleCompressor.shared.compress(plain))
        #expect(compressed.bytes.count * 3 < plain.count * 2, "\(compressed.bytes.count) of \(plain.count)")
        #expect(compressed.isOneBlock)
        let read = BundleCompressor.shared.decompress(compressed.bytes[...], isOneBlock: true, limit: 4_096)
        #expect(read == plain)
        #expect(Dictionary1.bytes.count == 12_288)
    }

    @Test("what does not fit into one block of zstd is compressed in several")
    func blocks() throws {
        let text = (0..<40_000).map { "line \($0)" }.joined(separator: " ")
        let parcel = Parcel.live(Array(text.utf8))
        let content = try BundleContent.encode([[parcel]])
        #expect(content[1] == 0xc1)
        #expect(try BundleContent.decode(content) == [parcel])
    }

    @Test("few bytes that would become many are refused")
    func bomb() throws {
        let limit = BundleCompressor.maxGroupBytes
        let bomb = try #require(BundleCompressor.shared.compress([UInt8](repeating: 0, count: limit)))
        #expect(bomb.bytes.count < 200)
        #expect(!bomb.isOneBlock)
        for (allowed, isRead) in [(limit, true), (limit - 1, false)] {
            let read = BundleCompressor.shared.decompress(
                bomb.bytes[...], isOneBlock: false, limit: allowed)
            #expect((read != nil) == isRead)
        }

        // Groups that keep to their own limit do not add up to more than the bundle's.
        let fits: Parcel = .live([UInt8](repeating: 65, count: limit - 8))
        #expect(throws: BundleError.tooLarge) {
            try BundleContent.encode([[fits], [fits], [fits], [fits], [fits]])
        }
        let one = try BundleContent.encode([[fits]])
        let end = try #require(one.lastIndex(of: 255))
        let group = one[1..<end]
        #expect(throws: BundleError.badCompression) {
            try BundleContent.decode([1] + group + group + group + group + group + [255])
        }
        #expect(throws: BundleError.tooLarge) {
            try BundleContent.encode([[.live([UInt8](repeating: 0, count: limit))]])
        }
    }

    @Test("two frames in one group, an unknown dictionary, missing ends and bad padding are refused")
    func badContent() throws {
        let plain = Array((0..<40_000).map { "line \($0)" }.joined(separator: " ").utf8)
        let compressed = try #require(BundleCompressor.shared.compress(plain))
        let frame = compressed.bytes
        #expect(!compressed.isOneBlock)
        // One block alone is not checked for its end by zstd: the seal and the link find what was altered.
        for damaged in [frame + [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58] + frame, frame.dropLast(), []] {
            let read = BundleCompressor.shared.decompress(damaged[...], isOneBlock: false, limit: 1 << 20)
            #expect(read == nil)
        }
        #expect(BundleCompressor.shared.decompress([], isOneBlock: true, limit: 9_999) == nil)
        for bytes: [UInt8] in [
            [], [2, 255], [1], [1, 0, 0, 255], [1, 2, 1, 0, 255], [1, 0, 200], [1, 255, 0, 1],
            [1, 255] + [UInt8](repeating: 0, count: 16), [1, 0, 1, 99, 255],
        ] {
            #expect(throws: BundleError.self) { try BundleContent.decode(bytes) }
        }
        #expect(try BundleContent.decode([1, 255, 0, 0]).isEmpty)
    }

    @Test("garbage is refused with an error and never stops the process")
    func garbage() {
        var generator = SeededGenerator(state: 4)
        for _ in 0..<2_000 {
            let size = Int.random(in: 0...200, using: &generator)
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? BundleContent.decode([1] + bytes)
            _ = try? BundleHeader.decode([1, 1] + bytes)
            _ = try? LinkFrame.decodeAll(bytes)
            _ = BundleCompressor.shared.decompress(bytes[...], isOneBlock: size % 2 == 0, limit: 10_000)
        }
    }

    @Test("a content id depends on each of its parts and on where they end")
    func contentIDs() {
        let base = contentID(origin: "a.test", destination: "b.test", acceptedMs: 1, stanza: [1])
        #expect(base.count == 16)
        let others = [
            contentID(origin: "a.tes", destination: "tb.test", acceptedMs: 1, stanza: [1]),
            contentID(origin: "a.test", destination: "b.test", acceptedMs: 2, stanza: [1]),
            contentID(origin: "a.test", destination: "b.test", acceptedMs: 1, stanza: [2]),
            contentID(origin: "b.test", destination: "a.test", acceptedMs: 1, stanza: [1]),
        ]
        #expect(Set(others + [base]).count == 5)
        #expect(base == contentID(origin: "a.test", destination: "b.test", acceptedMs: 1, stanza: [1]))
        #expect(base == Sodium.blake2b(16, Array("a.test\0b.test\0\0\0\0\0\0\0\0\u{1}\u{1}".utf8)))
    }
}
