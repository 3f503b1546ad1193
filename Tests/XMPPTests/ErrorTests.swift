import Testing
import XMPP

@Suite("Errors")
struct ErrorTests {
    @Test("an error goes back to the sender with the stanza's id")
    func reply() {
        let iq = Element("iq", NS.client, ["type": "get", "id": "7", "from": "a@x/1", "to": "b@y"])
        let answer = StanzaError.reply(to: iq, error: StanzaError(.serviceUnavailable, text: "no"))
        #expect(
            answer?.description
                == "<iq xmlns='jabber:client' type='error' id='7' to='a@x/1' from='b@y'>"
                + "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                + "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>no</text></error></iq>")
    }

    @Test("an error and a result are never answered with an error")
    func noReply() {
        let error = StanzaError(.badRequest)
        #expect(StanzaError.reply(to: Element("iq", NS.client, ["type": "result"]), error: error) == nil)
        for name in ["iq", "message", "presence"] {
            #expect(StanzaError.reply(to: Element(name, NS.client, ["type": "error"]), error: error) == nil)
        }
        #expect(StanzaError.reply(to: Element("message", NS.client), error: error) != nil)
    }

    @Test("every stanza error is read back", arguments: StanzaError.Condition.allCases)
    func readBack(condition: StanzaError.Condition) throws {
        for kind in StanzaError.Kind.allCases {
            let error = StanzaError(condition, type: kind, text: "because")
            let answer = try #require(StanzaError.reply(to: Element("iq", NS.client), error: error))
            #expect(StanzaError(in: answer) == error)
        }
    }

    @Test("a stream error carries its condition, a text and a detail")
    func streamError() {
        let error = StreamError(.undefinedCondition, text: "t", detail: Element("d", NS.sm))
        #expect(
            String(decoding: error.element().serialized(), as: UTF8.self)
                == "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                + "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>t</text>"
                + "<d xmlns='urn:xmpp:sm:3'/></stream:error>")
    }

    @Test("an opening tag is read back with its attributes escaped")
    func openingTag() {
        let parser = StreamParser()
        let events = parser.feed(StreamTag.open(from: "a'b", id: "<1>"))
        guard case .opened(let root)? = events.first else {
            Issue.record("the stream did not open")
            return
        }
        #expect(root["from"] == "a'b" && root["id"] == "<1>" && root["version"] == "1.0" && root["to"] == nil)
        #expect(parser.feed(StreamTag.close) == [.closed])
    }
}
