import Carriers
import Testing
import XMPP

@testable import Relay

@Suite("What is kept of a message")
struct KeepingTests {
    private func keeping(_ content: String, type: String = "chat") throws -> Keeping {
        Keeping(try StreamParser.parse(Array("<message type='\(type)'>\(content)</message>".utf8)))
    }

    private static let body = "<body>hello</body>"
    private static let noStore = "<no-store xmlns='urn:xmpp:hints'/>"

    @Test("what somebody wrote is mail", arguments: ["chat", "normal"])
    func written(type: String) throws {
        #expect(try keeping(Self.body, type: type) == .mail(.chat))
        #expect(
            try keeping("<encrypted xmlns='eu.siacs.conversations.axolotl'/>", type: type) == .mail(.chat))
        #expect(try keeping("<reactions xmlns='urn:xmpp:reactions:0' id='1'/>", type: type) == .mail(.chat))
    }

    @Test("receipts and markers are mail that may wait longer")
    func receipts() throws {
        #expect(try keeping("<received xmlns='urn:xmpp:receipts' id='1'/>") == .mail(.receipt))
        #expect(try keeping("<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>") == .mail(.receipt))
    }

    @Test("typing, headlines, errors and what asks not to be stored never touch the disk")
    func live() throws {
        #expect(try keeping("<composing xmlns='http://jabber.org/protocol/chatstates'/>") == .live)
        #expect(try keeping(Self.body, type: "headline") == .live)
        #expect(try keeping(Self.body, type: "error") == .live)
        #expect(try keeping(Self.body + Self.noStore) == .live)
    }

    @Test("a hint makes mail of anything else")
    func store() throws {
        #expect(try keeping("<x xmlns='urn:example'/>") == .live)
        #expect(try keeping("<x xmlns='urn:example'/><store xmlns='urn:xmpp:hints'/>") == .mail(.chat))
    }

    @Test("carbons are made of conversation only, and not of what asks for none")
    func carbons() throws {
        func applies(_ content: String, _ type: String) throws -> Bool {
            Carbons.applies(
                to: try StreamParser.parse(Array("<message type='\(type)'>\(content)</message>".utf8)))
        }
        #expect(try applies(Self.body, "chat") && applies(Self.body, "normal") && applies("", "chat"))
        #expect(
            try !applies(Self.body, "groupchat") && !applies(Self.body, "headline") && !applies("", "normal"))
        #expect(try !applies(Self.body + "<private xmlns='urn:xmpp:carbons:2'/>", "chat"))
        #expect(try !applies(Self.body + "<no-copy xmlns='urn:xmpp:hints'/>", "chat"))
    }
}
