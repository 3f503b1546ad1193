import Testing
import XMPP

@Suite("Addresses")
struct JIDTests {
    @Test("an address is split at its first slash and at the at sign before it")
    func parts() throws {
        let jid = try JID("Asha@Kibera.Example./desk/2@home")
        #expect(jid.localpart == "asha")
        #expect(jid.domain == "kibera.example")
        #expect(jid.resource == "desk/2@home")
        #expect(jid.description == "asha@kibera.example/desk/2@home")
        #expect(jid.isFull && !jid.isBare)
        #expect(jid.bare.description == "asha@kibera.example")
        #expect(jid.domainJID.description == "kibera.example")
        #expect(try jid.bare.with(resource: "phone").description == "asha@kibera.example/phone")
    }

    @Test(
        "an address that RFC 7622 forbids is refused",
        arguments: [
            ("", JIDError.emptyDomain), ("@a.example", .emptyPart), ("a@", .emptyDomain),
            ("a@b/", .emptyPart), ("a@.", .emptyDomain), ("a b@c", .forbiddenCharacter),
            ("a\"b@c", .forbiddenCharacter), ("a&b@c", .forbiddenCharacter), ("a'b@c", .forbiddenCharacter),
            ("a:b@c", .forbiddenCharacter), ("a<b@c", .forbiddenCharacter), ("a>b@c", .forbiddenCharacter),
            ("a@b@c", .forbiddenCharacter), ("a\u{7}@c", .forbiddenCharacter), ("a@b c", .forbiddenCharacter),
            ("a@b..c", .emptyPart), ("a@b/\u{0}", .forbiddenCharacter), ("a@b/é\u{1F}", .forbiddenCharacter),
            ("\u{2603}@c", .forbiddenCharacter), ("a@[::1", .forbiddenCharacter),
        ])
    func refused(text: String, error: JIDError) {
        #expect(throws: error) { try JID(text) }
    }

    @Test("a part may have 1023 bytes and not one more")
    func lengths() throws {
        let longest = String(repeating: "x", count: 1023)
        #expect(try JID("\(longest)@a/\(longest)").localpart?.utf8.count == 1023)
        #expect(throws: JIDError.tooLong) { try JID("\(longest)x@a") }
        #expect(throws: JIDError.tooLong) { try JID("b@a/\(longest)x") }
        #expect(throws: JIDError.tooLong) { try JID("b@\(String(repeating: "x", count: 64)).example") }
    }

    @Test("two ways to write one letter are one address, byte for byte")
    func normalised() throws {
        let composed = try JID("Jos\u{E9}@caf\u{E9}.example/\u{E9}")
        let decomposed = try JID("jose\u{301}@cafe\u{301}.example/e\u{301}")
        #expect(Array(composed.description.utf8) == Array(decomposed.description.utf8))
        #expect(try JID("\u{FF21}sha@a").localpart == "asha")
        #expect(try JID("Ünal@a").localpart == "ünal")
    }

    @Test("an address literal stands in brackets")
    func literal() throws {
        #expect(try JID("a@[2001:DB8::1]").domain == "[2001:db8::1]")
        #expect(try JID("a@192.0.2.1").domain == "192.0.2.1")
    }
}
