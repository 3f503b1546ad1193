import Testing
import XMPP

/// What a client may send is written again, longer, for others: it has to stay readable and small.
@Suite("Stanzas written again")
struct WrittenSizeTests {
    /// What a stream with the usual limits makes of a stanza.
    private func read(_ text: String) throws -> Element {
        let events = StreamParser().feed(Array((StreamParserTests.opening + text).utf8))
        guard case .stanza(let stanza)? = events.last else { throw StreamParserError.invalidXML }
        return stanza
    }

    @Test(
        "a stanza within a stream's limits can be read again after it was stamped and written",
        arguments: [
            "<message><body>" + String(repeating: ">", count: 250_000) + "</body></message>",
            "<message x='" + String(repeating: ">", count: 32_000) + "'/>",
            "<message><xml:base xml:lang='sw'><x/></xml:base></message>",
            "<message " + (0..<64).map { "a\($0)='' " }.joined() + "/>",
            String(repeating: "<message>", count: 64) + String(repeating: "</message>", count: 64),
            "<message xmlns:n='urn:" + String(repeating: "n", count: 500) + "' n:a=''><n:x/></message>",
        ])
    func readableAgain(text: String) throws {
        var stanza = try read(text)
        stanza["from"] = "alice@finance.gov.test/desk"
        stanza["to"] = "bob@finance.gov.test"
        #expect(try StreamParser.parse(stanza.serialized()) == stanza)
    }

    @Test("an element of XML's own namespace keeps the only prefix that it may have")
    func xmlPrefix() throws {
        let stanza = try read("<message><xml:foo><x/></xml:foo></message>")
        #expect(
            String(decoding: stanza.serialized(), as: UTF8.self)
                == "<message><xml:foo><x/></xml:foo></message>")
    }

    @Test("a namespace that is written at every element counts as often")
    func amplification() throws {
        let namespace = "urn:" + String(repeating: "n", count: 480)
        let text =
            "<message xmlns:p='\(namespace)'>" + String(repeating: "<p:a/>", count: 10_000) + "</message>"
        let stanza = try read(text)
        #expect(stanza.isLonger(than: 524_288))
        #expect(stanza.serialized().count > 4_000_000)
    }

    @Test("the length of what is written decides, to the byte")
    func exact() {
        let stanza = Element(
            "message", NS.client, ["to": "a&b"], [Element("body", NS.client, text: "<>&'\"")])
        let count = stanza.serialized().count
        #expect(stanza.isLonger(than: count - 1))
        #expect(!stanza.isLonger(than: count))
    }
}
