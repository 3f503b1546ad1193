import Bundles
import Testing

@Suite struct IdentityTests {
    private let addresses = ["office.gov.test:5299", "10.0.0.1:1", "[2001:db8::1]:65535"]

    @Test("a card read back is the card that was written")
    func roundTrip() throws {
        let identity = try BoxIdentity.generate(name: "finance", domain: "finance.gov.test")
        let card = try identity.card(addresses: addresses)
        let read = try Card(parsing: "  \(card.text)\r\n")
        #expect(read == card)
        #expect(read.addresses == addresses)
        #expect(read.identityKey == identity.signing.publicKey)
        #expect(read.linkKey == identity.link.publicKey)
        #expect(read.sealingKey == identity.newestSealingKey.pair.publicKey)
        #expect(read.boxID == identity.boxID)
        #expect(read.fingerprint.split(separator: " ").map(\.count) == [4, 4, 4, 4, 4, 4, 4, 4])
        #expect(try Card(parsing: try identity.card(addresses: []).text).addresses.isEmpty)
    }

    @Test("a card with any one character changed is refused")
    func altered() throws {
        let card = try BoxIdentity.generate(name: "a", domain: "b.test").card(addresses: ["c.test:1"])
        let bytes = Array(card.text.utf8)
        for index in bytes.indices {
            var altered = bytes
            altered[index] = altered[index] == UInt8(ascii: "x") ? UInt8(ascii: "y") : UInt8(ascii: "x")
            #expect(throws: CardError.self) { try Card(parsing: String(decoding: altered, as: UTF8.self)) }
            #expect(throws: CardError.self) {
                try Card(parsing: String(decoding: bytes.prefix(index), as: UTF8.self))
            }
        }
    }

    /// A correctly signed card with whatever stands between `dakghar:1:` and the signature.
    private func sign(_ fields: String, by key: SigningKey) -> String {
        let body = "dakghar:1:\(fields)"
        return "\(body):\(Base64URL.encode(key.sign(Array("dakghar card 1\n\(body)".utf8))))"
    }

    @Test("even a rightly signed card is refused with weak keys, bad names or bad addresses")
    func badFields() throws {
        let key = SigningKey.generate()
        let good = X25519KeyPair.generate().publicKey
        let zero = [UInt8](repeating: 0, count: 32)
        let keys = Base64URL.encode(key.publicKey + good + good)
        func error(_ fields: String) -> CardError? {
            do {
                _ = try Card(parsing: sign(fields, by: key))
                return nil
            } catch { return error }
        }
        #expect(error("a:b.test:\(keys):") == nil)
        #expect(error("a:b.test:\(Base64URL.encode(key.publicKey + zero + good)):") == .weakKey("link"))
        #expect(error("a:b.test:\(Base64URL.encode(key.publicKey + good + zero)):") == .weakKey("sealing"))
        #expect(error("a:b.test:\(Base64URL.encode(zero + good + good)):") == .weakKey("identity"))
        #expect(error("a:b.test:\(Base64URL.encode(key.publicKey + good)):") == .badKeys)
        #expect(error("a:b.test:\(keys)=:") == .badKeys)
        #expect(error("a:B.test:\(keys):") == .badDomain("B.test"))
        #expect(error("a:-b.test:\(keys):") == .badDomain("-b.test"))
        #expect(error("a:b..test:\(keys):") == .badDomain("b..test"))
        #expect(error(":b.test:\(keys):") == .badName(""))
        #expect(error("دفتر:b.test:\(keys):") == .badName("دفتر"))
        for address in [
            "c", "c:", "c:0", "c:65536", "c:+1", "c:01", "[::1:5", "::1:5", "[c]:5", "a b:5", "", "c:1,",
        ] {
            let refused = error("a:b.test:\(keys):c.test:1,\(address)")
            #expect(refused != nil, "\(address)")
        }
        let many = (1...9).map { "c.test:\($0)" }.joined(separator: ",")
        #expect(error("a:b.test:\(keys):\(many)") == .tooManyAddresses)
    }

    @Test("a card's error says what to do")
    func messages() {
        #expect(throws: CardError.notACard) { try Card(parsing: "hello") }
        #expect(throws: CardError.unknownVersion("2")) { try Card(parsing: "dakghar:2:x") }
        #expect(throws: CardError.tooLong) { try Card(parsing: String(repeating: "a", count: 9_000)) }
        #expect(CardError.notACard.description.contains("dakghar card"))
        #expect(CardError.unknownVersion("2").description.contains("update this box"))
    }

    @Test("the key file gives back the same identity, and says what is wrong with a damaged one")
    func keyFile() throws {
        var identity = try BoxIdentity.generate(name: "finance", domain: "finance.gov.test", nowMs: 1)
        identity.addSealingKey(createdMs: 2)
        #expect(try BoxIdentity.decode(identity.encode()) == identity)
        let text = String(decoding: identity.encode(), as: UTF8.self)
        func decode(_ text: String) throws -> BoxIdentity { try BoxIdentity.decode(Array(text.utf8)) }
        #expect(throws: KeyFileError.notAKeyFile) { try decode("") }
        #expect(throws: KeyFileError.newerVersion("9")) { try decode("dakghar-keys 9\n") }
        #expect(throws: KeyFileError.missing("name")) { try decode("dakghar-keys 1\n") }
        #expect(throws: KeyFileError.damaged(line: 8)) { try decode(text + "link abc\n") }
        #expect(
            !"\(identity) \(identity.link) \(identity.signing)".contains(
                Base64URL.encode(identity.link.secret)))
    }

    @Test("replaced sealing keys are erased in time, the newest never")
    func sealingKeys() throws {
        var identity = try BoxIdentity.generate(name: "a", domain: "b.test", nowMs: 100)
        identity.addSealingKey(createdMs: 200)
        identity.addSealingKey(createdMs: 300)
        let ids = identity.sealing.map(\.id)
        identity.forgetSealingKeys(replacedBeforeMs: 250)
        #expect(identity.sealing.map(\.id) == Array(ids.dropFirst()))
        #expect(identity.sealingKey(id: ids[0]) == nil)
        identity.forgetSealingKeys(replacedBeforeMs: .max)
        #expect(identity.sealing.map(\.id) == [ids[2]])
    }

    @Test("a sealing key is taken only under its owner's signature")
    func announcement() throws {
        let boxes = try TwoBoxes()
        let announcement = SealingAnnouncement(boxes.finance.newestSealingKey)
        let bytes = announcement.signed(by: boxes.finance)
        #expect(bytes.count == SealingAnnouncement.size)
        let owner = boxes.finance.signing.publicKey
        #expect(try SealingAnnouncement(verifying: bytes, identityKey: owner) == announcement)
        #expect(throws: ByteError.self) {
            try SealingAnnouncement(verifying: bytes, identityKey: boxes.interior.signing.publicKey)
        }
        for index in bytes.indices {
            var altered = bytes
            altered[index] ^= 0x10
            #expect(throws: ByteError.self) {
                try SealingAnnouncement(verifying: altered, identityKey: owner)
            }
            #expect(throws: ByteError.self) {
                try SealingAnnouncement(verifying: Array(bytes.prefix(index)), identityKey: owner)
            }
        }
    }
}
