import Testing
import XMPP

@testable import Relay

/// `#expect` cannot call what mutates.
private func check(_ condition: Bool, at location: SourceLocation = #_sourceLocation) {
    #expect(condition, sourceLocation: location)
}

@Suite("Handshake of components")
struct ComponentHandshakeTests {
    @Test("the proof is the SHA-1 of the stream's id and the secret")
    func proof() {
        // printf '3BF96D32secret' | sha1sum
        let proof = ComponentHandshake.proof(streamID: "3BF96D32", secret: Array("secret".utf8))
        #expect(proof == "b09ea9b3b7f586be8a08d0a3dd7466f110aeb136")
    }

    @Test("another secret, another stream's proof and an empty one are no proof")
    func wrongProofs() {
        let secret = Array("a secret of sixteen bytes".utf8)
        let right = ComponentHandshake.proof(streamID: "one", secret: secret)
        #expect(ComponentHandshake.isProof(right, streamID: "one", secret: secret))
        #expect(!ComponentHandshake.isProof(right, streamID: "two", secret: secret))
        #expect(!ComponentHandshake.isProof(right, streamID: "one", secret: secret + [33]))
        #expect(!ComponentHandshake.isProof(String(right.dropLast()), streamID: "one", secret: secret))
        #expect(!ComponentHandshake.isProof("", streamID: "one", secret: secret))
    }

    @Test("what a component writes is in the box's namespace, and what others wrote stays as it is")
    func namespaces() throws {
        let bytes = Array(
            "<message xmlns='jabber:component:accept'><body>x</body><f xmlns='urn:f'><message xmlns='jabber:client'/></f></message>"
                .utf8)
        let stanza = try StreamParser.parse(bytes).inClientNamespace
        #expect(stanza.matches("message", NS.client))
        #expect(stanza.child("body", NS.client)?.text == "x")
        #expect(stanza.child("f", "urn:f")?.hasChild("message", NS.client) == true)
    }
}

@Suite("Requests to components")
struct ComponentRequestsTests {
    private func jid(_ text: String) throws -> JID { try JID(text) }
    private func request(_ id: String) -> Element { Element("iq", NS.client, ["type": "get", "id": id]) }

    @Test("an answer is taken once, and only from whom it was asked")
    func answers() throws {
        var requests = ComponentRequests()
        let alice = try jid("alice@a.test/desk")
        let echo = try jid("echo.a.test")
        check(requests.add(request("1"), from: alice, to: echo, now: 0))
        check(!requests.take(answer: request("1"), from: try jid("x@echo.a.test"), to: alice))
        check(!requests.take(answer: request("2"), from: echo, to: alice))
        check(requests.take(answer: request("1"), from: echo, to: alice))
        check(!requests.take(answer: request("1"), from: echo, to: alice))
    }

    @Test("more than the limit do not wait, and those that waited too long make room")
    func limits() throws {
        var requests = ComponentRequests()
        let alice = try jid("alice@a.test/desk")
        let echo = try jid("echo.a.test")
        for number in 0..<ComponentRequests.limit {
            check(requests.add(request("\(number)"), from: alice, to: echo, now: UInt64(number)))
        }
        check(!requests.add(request("more"), from: alice, to: echo, now: 0))
        let over = requests.removeExpired(now: ComponentRequests.limitMs + 9)
        #expect(over.count == 10)
        check(requests.add(request("more"), from: alice, to: echo, now: 0))
        check(requests.removeExpired(now: nil).count == ComponentRequests.limit - 9)
        #expect(requests.count == 0)
    }
}
