import Testing
import XMPP

@Suite("Base64")
struct Base64Tests {
    @Test(
        "the vectors of RFC 4648 §10 hold",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func vectors(plain: String, encoded: String) throws {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(try Base64.decode(encoded) == Array(plain.utf8))
        let bare = String(encoded.prefix { $0 != "=" })
        #expect(Base64.encode(plain.utf8, .url) == bare)
        #expect(try Base64.decode(bare, .url) == Array(plain.utf8))
    }

    @Test("the two alphabets differ in two characters")
    func alphabets() throws {
        let bytes: [UInt8] = [0xFB, 0xFF, 0xFE]
        #expect(Base64.encode(bytes) == "+//+")
        #expect(Base64.encode(bytes, .url) == "-__-")
        #expect(throws: Base64Error.malformed) { try Base64.decode("+//+", .url) }
        #expect(throws: Base64Error.malformed) { try Base64.decode("-__-") }
    }

    @Test(
        "a text that no encoder writes is refused",
        arguments: [
            ("Zg", Base64Error.wrongLength), ("Zg=", .wrongLength), ("Z===", .malformed),
            ("====", .malformed), ("Zh==", .notCanonical), ("Zm9=", .notCanonical), ("Zg==Zg==", .malformed),
            ("Zm 9", .malformed), ("Zm9v\n", .wrongLength),
        ])
    func refused(text: String, error: Base64Error) {
        #expect(throws: error) { try Base64.decode(text) }
    }
}
