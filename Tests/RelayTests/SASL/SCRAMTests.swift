import Testing
import XMPP

@testable import Relay

@Suite("SCRAM")
struct SCRAMTests {
    @Test("the exchange of RFC 5802 §5 succeeds byte for byte")
    func sha1Vector() throws {
        let salt = try Base64.decode("QSXCR+Q6sek8bf92")
        let known = try SCRAMCredentials.derive(password: "pencil", hash: .sha1, salt: salt, iterations: 4096)
        var server = SCRAMServer(
            hash: .sha1, plus: false, channelBindings: [:], serverNonce: "3rfcNHYJY1ZVvWVs7j",
            lookup: { _ in known })
        let first = server.receive(Array("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL".utf8))
        #expect(
            first
                == .challenge(
                    Array(
                        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096".utf8)))
        let last = server.receive(
            Array(
                ("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
                    + "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=").utf8))
        #expect(
            last == .success(Array("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=".utf8), username: "user", authzid: ""))
    }

    @Test("the exchange of RFC 7677 §3 succeeds byte for byte")
    func sha256Vector() throws {
        let salt = try Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==")
        let known = try SCRAMCredentials.derive(
            password: "pencil", hash: .sha256, salt: salt, iterations: 4096)
        var server = SCRAMServer(
            hash: .sha256, plus: false, channelBindings: [:], serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
            lookup: { _ in known })
        let first = server.receive(Array("n,,n=user,r=rOprNGfwEbeRWgbNEkqO".utf8))
        #expect(
            first
                == .challenge(
                    Array(
                        ("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                            + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096").utf8)))
        let last = server.receive(
            Array(
                ("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                    + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").utf8))
        #expect(
            last
                == .success(
                    Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8), username: "user",
                    authzid: ""))
    }

    @Test("the right password opens, with and without channel binding", arguments: SCRAMHash.allCases)
    func opens(hash: SCRAMHash) throws {
        for header in ["n,,", "y,,", "n,a=asha@x.example,", "p=tls-server-end-point,,"] {
            let plus = header.hasPrefix("p=")
            let bindings = plus ? ["tls-server-end-point": [UInt8](1...32)] : [:]
            var exchange = try SCRAMExchange(hash: hash, plus: plus, bindings: bindings)
            exchange.header = header
            exchange.boundData = plus ? [UInt8](1...32) : []
            guard case .success(_, let username, let authzid) = try exchange.run() else {
                Issue.record("\(header) was refused")
                continue
            }
            #expect(username == "asha")
            #expect(authzid == (header.contains("a=") ? "asha@x.example" : ""))
        }
    }

    @Test("a wrong password, nonce or binding and a made-up account get the same answer")
    func wrong() throws {
        var password = try SCRAMExchange()
        password.password = "wrong"
        #expect(try password.run() == .failure(.notAuthorized))
        var nonce = try SCRAMExchange()
        nonce.finalNonce = "clientserver2"
        #expect(try nonce.run() == .failure(.notAuthorized))
        var binding = try SCRAMExchange(plus: true, bindings: ["tls-server-end-point": [1, 2, 3]])
        binding.header = "p=tls-server-end-point,,"
        binding.boundData = [1, 2, 4]
        #expect(try binding.run() == .failure(.notAuthorized))
        var header = try SCRAMExchange()
        header.claimedHeader = "y,,"
        #expect(try header.run() == .failure(.notAuthorized))
        var unknown = try SCRAMExchange()
        unknown.credentials = .decoy(username: "asha", hash: .sha256, secret: [UInt8](1...32))
        #expect(try unknown.run() == .failure(.notAuthorized))
    }

    @Test("a proof that is cut off or too long is refused")
    func proofLength() throws {
        for count in [0, 1, 31, 33, 64] {
            var exchange = try SCRAMExchange()
            exchange.proofCount = count
            #expect(try exchange.run() == .failure(.notAuthorized))
        }
    }

    @Test("a client that was told that there is no channel binding is warned off")
    func downgrade() throws {
        var server = try SCRAMExchange(bindings: ["tls-server-end-point": [1]]).server
        #expect(server.receive(Array("y,,n=asha,r=c".utf8)) == .failure(.notAuthorized))
        #expect(server.username == "asha")
    }

    @Test("channel binding that was not offered, or is missing from -PLUS, is refused")
    func bindingMismatch() throws {
        let offered: [String: [UInt8]] = ["tls-server-end-point": [1]]
        for (flag, plus) in [
            ("p=tls-unique", true), ("n", true), ("y", true), ("p=tls-server-end-point", false),
        ] {
            var server = try SCRAMExchange(plus: plus, bindings: offered).server
            #expect(server.receive(Array("\(flag),,n=asha,r=c".utf8)) == .failure(.malformedRequest))
        }
    }

    @Test(
        "a first message out of shape is refused",
        arguments: [
            "", "n", "n,,", "n,,n=asha", "n,,n=,r=c", "n,,n=asha,r=", "n,,m=x,n=asha,r=c", "x,,n=asha,r=c",
            "n,b=x,n=asha,r=c", "n,,n=a=sha,r=c", "n,,n=a=2,r=c", "n,,n=a\u{7}b,r=c", "p=,,n=asha,r=c",
            "n,,n=asha\0,r=c", "n,,r=c,n=asha", "n,,n=asha,r=" + String(repeating: "c", count: 257),
            "n,,n=asha,r=c," + String(repeating: "x", count: 5000),
        ])
    func malformedFirst(message: String) throws {
        var server = try SCRAMExchange().server
        #expect(server.receive(Array(message.utf8)) == .failure(.malformedRequest))
    }

    @Test(
        "a last message out of shape is refused, and so is everything after it",
        arguments: [
            "", "c=biws", "c=biws,r=clientserver", "c=biws,r=clientserver,p=!!!!",
            "r=clientserver,c=biws,p=AAAA",
            "m=x,c=biws,r=clientserver,p=AAAA", "c=biws,r=clientserver,p=AAAA,x=y",
        ])
    func malformedLast(message: String) throws {
        var server = try SCRAMExchange().server
        guard case .challenge = server.receive(Array("n,,n=asha,r=client".utf8)) else {
            Issue.record("no challenge")
            return
        }
        #expect(server.receive(Array(message.utf8)) == .failure(.malformedRequest))
        #expect(server.receive(Array("n,,n=asha,r=client".utf8)) == .failure(.malformedRequest))
    }

    @Test("bytes that are no UTF-8 are refused")
    func encoding() throws {
        var server = try SCRAMExchange().server
        #expect(
            server.receive(Array("n,,n=".utf8) + [0xFF] + Array(",r=c".utf8)) == .failure(.malformedRequest))
    }

    @Test("commas and equal signs in a name are decoded")
    func escapedName() throws {
        var server = try SCRAMExchange().server
        _ = server.receive(Array("n,,n=a=2Cb=3Dc,r=x,e=ignored".utf8))
        #expect(server.username == "a,b=c")
    }
}
