import Testing
import XMPP

@testable import Relay

@Suite("Credentials")
struct SCRAMCredentialsTests {
    private let salt = [UInt8](1...16)

    private func derive(_ password: String) throws -> SCRAMCredentials {
        try .derive(password: password, hash: .sha256, salt: salt, iterations: 10)
    }

    @Test("credentials are read back from their stored form", arguments: SCRAMHash.allCases)
    func stored(hash: SCRAMHash) throws {
        let made = try SCRAMCredentials.derive(password: "pencil", hash: hash, salt: salt, iterations: 12_345)
        let bytes = made.encoded()
        #expect(bytes.count == 5 + 16 + 2 * hash.byteCount)
        #expect(Array(bytes.prefix(5)) == [0, 0, 0x30, 0x39, 16])
        #expect(try SCRAMCredentials(encoded: bytes, hash: hash) == made)
        for count in 0..<bytes.count {
            #expect(throws: SCRAMCredentialsError.malformed) {
                try SCRAMCredentials(encoded: Array(bytes.prefix(count)), hash: hash)
            }
        }
        #expect(throws: SCRAMCredentialsError.malformed) {
            try SCRAMCredentials(encoded: bytes + [0], hash: hash)
        }
        #expect(throws: SCRAMCredentialsError.malformed) {
            try SCRAMCredentials(encoded: [0, 0, 0, 0] + bytes.dropFirst(4), hash: hash)
        }
    }

    @Test("a password is known by its credentials, any other is not")
    func accepts() throws {
        let made = try derive("pencil")
        #expect(made.accepts(password: "pencil", hash: .sha256))
        #expect(!made.accepts(password: "Pencil", hash: .sha256))
        #expect(!made.accepts(password: "", hash: .sha256))
    }

    @Test("a password is the same however its letters and spaces were typed")
    func prepared() throws {
        #expect(try derive("\u{E9}") == derive("e\u{301}"))
        #expect(try derive("a b") == derive("a\u{A0}b"))
        #expect(try derive("ab") == derive("a\u{AD}b"))
        #expect(try derive("pencil") == derive("\u{FF50}encil"))
        #expect(try derive("pencil") != derive("PENCIL"))
    }

    @Test("a password that cannot be used is refused")
    func refused() throws {
        #expect(throws: SCRAMCredentialsError.passwordLength) { try derive("") }
        #expect(throws: SCRAMCredentialsError.passwordLength) { try derive("\u{AD}") }
        #expect(throws: SCRAMCredentialsError.passwordLength) {
            try derive(String(repeating: "x", count: 1025))
        }
        #expect(throws: SCRAMCredentialsError.forbiddenCharacter) { try derive("a\u{7}") }
        #expect(throws: SCRAMCredentialsError.forbiddenCharacter) { try derive("é\u{202E}") }
        for (salt, iterations) in [([], 10), ([1], 0), ([1], -1), ([1], 10_000_001)] as [([UInt8], Int)] {
            #expect(throws: SCRAMCredentialsError.parameters) {
                try SCRAMCredentials.derive(password: "x", hash: .sha1, salt: salt, iterations: iterations)
            }
        }
    }

    @Test("a decoy looks like credentials and stays the same", arguments: SCRAMHash.allCases)
    func decoy(hash: SCRAMHash) {
        let secret = [UInt8](1...32)
        let decoy = SCRAMCredentials.decoy(username: "nobody", hash: hash, secret: secret)
        #expect(decoy == .decoy(username: "nobody", hash: hash, secret: secret))
        #expect(decoy.salt.count == 16 && decoy.iterations == SCRAMCredentials.defaultIterations)
        #expect(decoy.storedKey.count == hash.byteCount && decoy.serverKey.count == hash.byteCount)
        #expect(decoy.salt != SCRAMCredentials.decoy(username: "nobody2", hash: hash, secret: secret).salt)
        #expect(
            decoy.salt != SCRAMCredentials.decoy(username: "nobody", hash: hash, secret: [1] + secret).salt)
    }

    @Test("a failure is the element of RFC 6120 §6.5")
    func failure() {
        #expect(
            SASLFailure.notAuthorized.element().description
                == "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
    }
}
