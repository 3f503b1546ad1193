import Testing
import XMPP

@testable import Relay

/// `#expect` cannot call what mutates.
private func check(_ condition: Bool, at location: SourceLocation = #_sourceLocation) {
    #expect(condition, sourceLocation: location)
}

@Suite("Push")
struct PushTests {
    @Test("the first is told at once, what comes within ten seconds together with the next")
    func pace() {
        var pace = PushPace()
        check(pace.wish(now: 1_000) == .now)
        check(pace.wish(now: 3_000) == .later(8_000))
        check(pace.wish(now: 4_000) == .covered)
        check(pace.wish(now: 10_999) == .covered)
        pace.turnCame(now: 11_000)
        check(pace.wish(now: 11_001) == .later(9_999))
        pace.turnCame(now: 21_000)
        check(pace.wish(now: 31_000) == .now)
    }

    private func registration(_ enable: String) throws -> PushRegistration {
        try PushRegistration(id: 1, account: 2, enable: try StreamParser.parse(Array(enable.utf8)))
    }

    @Test("a notification says how many wait, under the node and with the options of the client")
    func notification() throws {
        let one = try registration(
            "<enable xmlns='urn:xmpp:push:0' jid='push.a.test' node='n1'><x xmlns='jabber:x:data' type='submit'><field var='secret'><value>s</value></field></x></enable>"
        )
        let iq = one.notification(count: 7, from: try JID("alice@a.test"), id: "q")
        #expect(iq["to"] == "push.a.test" && iq["from"] == "alice@a.test" && iq["type"] == "set")
        let pubsub = try #require(iq.child("pubsub", NS.pubsub))
        #expect(pubsub.child("publish", NS.pubsub)?["node"] == "n1")
        let form = pubsub.child("publish", NS.pubsub)?.child("item", NS.pubsub)?
            .child("notification", NS.push)?.child("x", NS.dataForms)
        let summary = DataForm(try #require(form))
        #expect(summary.type == NS.pushSummary)
        #expect(summary["message-count"] == "7")
        #expect(summary["last-message-body"] == nil && summary["last-message-sender"] == nil)
        let options = pubsub.child("publish-options", NS.pubsub)?.child("x", NS.dataForms)
        #expect(options.map { DataForm($0)["secret"] } == "s")
    }

    @Test("what is kept of a registration reads back as the same")
    func roundTrip() throws {
        let one = try registration(
            "<enable xmlns='urn:xmpp:push:0' jid='push.a.test' node='a &amp; b'><x xmlns='jabber:x:data' type='submit'/></enable>"
        )
        let again = try PushRegistration(
            id: 1, account: 2, enable: try StreamParser.parse(one.enable.serialized()))
        #expect(again.service == one.service && again.node == "a & b" && again.options == one.options)
    }

    @Test("a registration without an address, or with a node without end, is refused")
    func refusals() {
        #expect(throws: StanzaError.self) { try registration("<enable xmlns='urn:xmpp:push:0' node='x'/>") }
        let long = String(repeating: "n", count: PushRegistration.nodeBytes + 1)
        #expect(throws: StanzaError.self) {
            try registration("<enable xmlns='urn:xmpp:push:0' jid='push.a.test' node='\(long)'/>")
        }
    }

    @Test("only an answer that will not change ends a registration")
    func finalErrors() {
        #expect(PushRegistration.isFinal(StanzaError(.itemNotFound)))
        #expect(PushRegistration.isFinal(StanzaError(.forbidden)))
        #expect(!PushRegistration.isFinal(StanzaError(.remoteServerTimeout)))
        #expect(!PushRegistration.isFinal(StanzaError(.serviceUnavailable)))
        #expect(!PushRegistration.isFinal(StanzaError(.resourceConstraint)))
    }
}
