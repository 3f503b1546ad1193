import Testing

@testable import Bundles

@Suite struct StanzaTests {
    /// Through the columns and back.
    private func trip(_ stanzas: [[UInt8]]) throws -> [[UInt8]] {
        let parcels = stanzas.map { Parcel.live($0) }
        let columns = ParcelColumns.encode(parcels)
        let read = try ParcelColumns.decode(
            compressible: columns.compressible[...], blobs: columns.blobs.bytes[...], limit: 1 << 20)
        return read.parcels.map { if case .live(let stanza) = $0 { stanza } else { [] } }
    }

    @Test("what a client writes comes back byte for byte, and is not carried as it was")
    func fromClients() throws {
        for stanza in clientStanzas {
            let bytes = Array(stanza.utf8)
            #expect(StanzaScanner.pieces(of: bytes) != nil, "\(stanza)")
            #expect(try trip([bytes, bytes]) == [bytes, bytes], "\(stanza)")
        }
    }

    @Test("an OMEMO message carries its keys and its text as bytes")
    func omemo() throws {
        let stanza = try #require(clientStanzas.first { $0.contains("axolotl") })
        let columns = ParcelColumns.encode([.live(Array(stanza.utf8))])
        #expect(columns.blobs.bytes.count > 200, "uuid, device ids, keys, text")
        let words = String(decoding: columns.texts.bytes.map { $0 == 0 ? 10 : $0 }, as: UTF8.self)
        #expect(words == "ali@finance.gov.test/phone\nsana@interior.gov.test\nno OMEMO\n", "\(words)")
    }

    @Test("arbitrary stanzas come back byte for byte", arguments: 0..<20)
    func arbitrary(seed: UInt64) throws {
        var generator = SeededGenerator(state: 1_000 + seed)
        for _ in 0..<50 {
            let count = Int.random(in: 1...6, using: &generator)
            var stanzas: [[UInt8]] = []
            for _ in 0..<count {
                var stanza = Array(ArbitraryStanza.make(using: &generator).utf8)
                // Every fourth is spoilt: it is no stanza of ours any more.
                if Int.random(in: 0..<4, using: &generator) == 0, !stanza.isEmpty {
                    let index = stanza.indices.randomElement(using: &generator) ?? 0
                    stanza[index] = UInt8.random(in: 0...255, using: &generator)
                }
                stanzas.append(stanza)
            }
            #expect(try trip(stanzas) == stanzas, "seed \(seed)")
            let parcels = stanzas.map { Parcel.live($0) }
            #expect(try BundleContent.decode(try BundleContent.encode([parcels])) == parcels)
        }
    }

    @Test(
        "what is not written as this product writes it travels as it is",
        arguments: [
            "", "<", "<a", "<a>", "<a></a>", "<a></b>", "<a b=\"1\"/>", "<a  b='1'/>", "<a b='1' />", "<a/> ",
            " <a/>", "<a/><b/>", "<a>\u{0}</a>", "<!-- x --><a/>", "<a><![CDATA[x]]></a>", "text", "</a>",
            "<a xmlns:b='c' b:d='e'/>",
        ])
    func notCanonical(_ text: String) throws {
        #expect(StanzaScanner.pieces(of: Array(text.utf8)) == nil)
        #expect(try trip([Array(text.utf8)]) == [Array(text.utf8)])
    }

    @Test("values come back in the form that they had, and only what stands for bytes is made bytes")
    func values() {
        for (value, form) in [
            ("550e8400-e29b-41d4-a716-446655440000", StanzaValue.uuid),
            ("550E8400-e29b-41d4-a716-446655440000", .base64URL), ("deadbeef01", .hexadecimal),
            ("1234", .decimal),
            ("0123", .text), ("123456789012345678", .decimal), ("1234567890123456789", .text),
            ("AbCdEf12AbCdEf12", .base64), ("AbCdEf1_", .base64URL), ("AbCdEf12AbCdEfE=", .base64),
            ("AbCdEf12AbCdEf1=", .text), ("subscribed", .text), ("ok", .text), ("ali@gov.test", .text),
        ] {
            #expect(StanzaValue.form(of: Array(value.utf8)[...]).form == form, "\(value)")
        }
    }

    @Test("damaged columns are refused with an error, and few of them never become many bytes")
    func damaged() throws {
        var generator = SeededGenerator(state: 5)
        let columns = ParcelColumns.encode(clientStanzas.map { .live(Array($0.utf8)) } + sampleParcels)
        for _ in 0..<3_000 {
            var compressible = columns.compressible
            var blobs = columns.blobs.bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = compressible.indices.randomElement(using: &generator) ?? 0
                compressible[index] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) {
                blobs.removeLast(Int.random(in: 0...blobs.count, using: &generator))
            }
            let limit = 20_000
            if let read = try? ParcelColumns.decode(
                compressible: compressible[...], blobs: blobs[...], limit: limit)
            {
                #expect(read.bytes <= limit)
            }
        }
        // One long value, and references to it.
        let value = String(repeating: "x", count: 1_000)
        let long = Array("<a b='\(value)'/>".utf8)
        let bomb = ParcelColumns.encode(Array(repeating: .live(long), count: 2_000))
        #expect(bomb.compressible.count < 30_000)
        #expect(throws: ByteError.self) {
            try ParcelColumns.decode(
                compressible: bomb.compressible[...], blobs: bomb.blobs.bytes[...], limit: 1 << 20)
        }
    }

    @Test("the vocabulary has one word a number, and no word twice")
    func vocabulary() {
        let words = StanzaVocabulary.shared.words
        #expect(words.count <= StanzaOpcode.maxWords)
        #expect(Set(words).count == words.count)
        #expect(words.first == .tag(Array("message".utf8), namespace: nil))
        #expect(words.contains(.pair(Array("type".utf8), value: Array("chat".utf8))))
        #expect(
            words.contains(.tag(Array("encrypted".utf8), namespace: Array("urn:xmpp:omemo:2".utf8))))
    }
}

/// Stanzas as clients write them and the relay serializes them.
private let clientStanzas = [
    "<message type='chat' to='sana@interior.gov.test' id='550e8400-e29b-41d4-a716-446655440000' "
        + "from='ali@finance.gov.test/phone'><body>Meeting at 10, bring R&amp;D &lt;figures&gt; سلام</body>"
        + "<origin-id xmlns='urn:xmpp:sid:0' id='550e8400-e29b-41d4-a716-446655440000'/>"
        + "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>",
    "<message from='ali@finance.gov.test/phone' to='sana@interior.gov.test' type='chat' "
        + "id='0e0e4a3a-7f8a-4f36-a7c2-3f1f6f0d9b11'><encrypted xmlns='eu.siacs.conversations.axolotl'>"
        + "<header sid='1234567890'><key rid='1029384756'>"
        + "MwohBVBwXaZl4R1a4d3JQ9C0p5f7vZ0yB1kq7JwzB8vU6Qx1EAAYACIwq0z1</key><key rid='564738291' prekey='true'>"
        + "MwohBVBwXaZl4R1a4d3JQ9C0p5f7vZ0yB1kq7JwzB8vU6Qx1EAAYACIwq0z2</key><iv>q83vEjRWeJCrze8S</iv></header>"
        + "<payload>MwohBVBwXaZl4R1a4d3JQ9C0p5f7vZ0yB1kq7JwzB8vU6Qx1EAAYACIwq0z1MwohBVBwXaZl4R1a4d3JQ9C0"
        + "p5f7vZ0yB1kq7Jwz</payload></encrypted>"
        + "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/>"
        + "<body>no OMEMO</body><store xmlns='urn:xmpp:hints'/></message>",
    "<presence from='ali@finance.gov.test/phone'><show>away</show><status>In the office</status>"
        + "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://gajim.org' "
        + "ver='q83vEjRWeJCrze8SNFZ4kKvN7xI='/></presence>",
    "<iq from='a@b.test/c' to='d@e.test' type='error' id='x'><error type='cancel'>"
        + "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
    "<message xml:lang='ur' type='groupchat' from='a@rooms.b.test/n' to='d@e.test'><body xml:lang='ur'>ہیلو</body>"
        + "<unknown xmlns='urn:example:0' a='1'><inner b='&apos;'>x<y xmlns=''/>z</inner></unknown></message>",
]

/// Elements that our writer could have written, out of words of the vocabulary and others.
private enum ArbitraryStanza {
    static func make(using generator: inout SeededGenerator, depth: Int = 0) -> String {
        let name = pick(["message", "presence", "body", "key", "x", "a0:b", "ñ"], &generator)
        let namespace = pick(
            ["", "", " xmlns='urn:xmpp:sid:0'", " xmlns='urn:ex:\(depth)'", " xmlns=''"], &generator)
        var text = "<\(name)\(namespace)"
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            text += " \(pick(["id", "from", "type", "stamp", "xml:lang", "odd"], &generator))="
            text += "'\(value(using: &generator))'"
        }
        var content = ""
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let isText = depth > 5 || Bool.random(using: &generator)
            let piece = isText ? value(using: &generator) : make(using: &generator, depth: depth + 1)
            content += piece
        }
        return content.isEmpty ? text + "/>" : text + ">" + content + "</\(name)>"
    }

    private static func value(using generator: inout SeededGenerator) -> String {
        let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        return switch Int.random(in: 0..<10, using: &generator) {
        case 0: Base64URL.encode(bytes)
        case 1: String(decoding: StanzaValue.base64(bytes), as: UTF8.self)
        case 2: String(decoding: StanzaValue.hexadecimal(bytes[...]), as: UTF8.self)
        case 3:
            String(
                decoding: StanzaValue.uuid(Array((bytes + [UInt8](repeating: 7, count: 16)).prefix(16))),
                as: UTF8.self)
        case 4: String(generator.next() >> UInt64.random(in: 0...63, using: &generator))
        case 5:
            pick(["chat", "ali@finance.gov.test", "ali@finance.gov.test/phone", "true", "en"], &generator)
        case 6: "&lt;&amp;&gt; \"quoted\" \t\n"
        case 7: String(String.UnicodeScalarView(bytes.map { Unicode.Scalar(UInt32($0) + 0x600) ?? "x" }))
        case 8: ""
        default: String(decoding: bytes.map { $0 % 26 + 97 }, as: UTF8.self)
        }
    }

    private static func pick(_ options: [String], _ generator: inout SeededGenerator) -> String {
        options.randomElement(using: &generator) ?? ""
    }
}
