import Testing
import XMPP

@Suite("Limits of a stream")
struct StreamLimitTests {
    private func failure(_ text: String, _ limits: StreamParser.Limits = .init()) -> StreamParserError? {
        StreamParserTests.failure(StreamParserTests.opening + text, limits: limits)
    }

    @Test("a stanza may have its limit of bytes and not one more")
    func stanzaBytes() {
        let limits = StreamParser.Limits(stanzaBytes: 1000)
        let frame = "<m></m>".utf8.count
        let fits = "<m>\(String(repeating: "x", count: 1000 - frame))</m>"
        let many = StreamParserTests.events(
            StreamParserTests.opening + String(repeating: fits, count: 50), limits: limits)
        #expect(many.count == 51)
        #expect(failure("<m>\(String(repeating: "x", count: 1001 - frame))</m>", limits) == .tooLarge)
    }

    @Test("an endless stanza is refused at its limit, however it is cut")
    func endless() {
        for piece in [1, 7, 900, 5000] {
            let parser = StreamParser(limits: .init(stanzaBytes: 4000))
            _ = parser.feed(Array((StreamParserTests.opening + "<m>").utf8))
            var fed = 0
            var failed = false
            while !failed && fed < 20_000 {
                failed = parser.feed([UInt8](repeating: 0x78, count: piece)) == [.failed(.tooLarge)]
                fed += piece
            }
            #expect(failed && fed <= 4000 + piece)
        }
    }

    @Test("an endless tag, comment, name or opening tag is refused, too")
    func endlessToken() {
        var limits = StreamParser.Limits(stanzaBytes: 10_000)
        limits.tagBytes = 2000
        let long = String(repeating: "x", count: 3000)
        #expect(failure("<m a='\(long)", limits) == .tooLarge)
        #expect(failure("<!--\(long)", limits) == .tooLarge)
        #expect(failure("<\(long)", limits) == .tooLarge)
        #expect(failure("<\(long.prefix(600))/>", limits) == .tooLarge)
        #expect(failure("<m \(long.prefix(600))=''/>", limits) == .tooLarge)
        #expect(StreamParserTests.failure("<stream a='\(long)", limits: limits) == .tooLarge)
    }

    @Test("white space between stanzas may go on for ever")
    func keepAlive() {
        let parser = StreamParser(limits: .init(stanzaBytes: 500))
        _ = parser.feed(Array(StreamParserTests.opening.utf8))
        for _ in 0..<5000 { #expect(parser.feed([0x20]).isEmpty) }
        #expect(parser.feed([UInt8](repeating: 0x0A, count: 100_000)).isEmpty)
        #expect(parser.feed(Array("<iq/>".utf8)).count == 1)
    }

    @Test("depth and attributes have limits")
    func shape() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(failure(nested(64)) == nil)
        #expect(failure(nested(65)) == .tooDeep)
        #expect(failure(String(repeating: "<a>", count: 100_000)) == .tooDeep)
        func wide(_ count: Int) -> String {
            "<a " + (0..<count).map { "k\($0)='' " }.joined() + "/>"
        }
        #expect(failure(wide(64)) == nil)
        #expect(failure(wide(65)) == .invalidXML)
        #expect(StreamParserError.tooDeep.condition == .policyViolation)
    }

    @Test("raised limits hold for what comes next")
    func raised() {
        let parser = StreamParser(limits: .init(stanzaBytes: 300))
        _ = parser.feed(Array(StreamParserTests.opening.utf8))
        parser.limits.stanzaBytes = 5000
        let stanza = "<m>\(String(repeating: "x", count: 4000))</m>"
        #expect(parser.feed(Array(stanza.utf8)).count == 1)
    }

    @Test("more names than the cache holds are all read right")
    func manyNames() {
        var text = StreamParserTests.opening
        for index in 0..<2000 { text += "<e\(index) k\(index)='\(index)'/>" }
        let events = StreamParserTests.events(text)
        #expect(events.count == 2001)
        for index in 0..<2000 {
            #expect(events[index + 1] == .stanza(Element("e\(index)", NS.client, ["k\(index)": "\(index)"])))
        }
    }

    @Test(
        "a stored stanza is exactly one element",
        arguments: ["", "text", "<a/><b/>", "<a/>x", "<a>", "<a", "</s>", "</s><s>", "<a/></s><s>"])
    func detached(text: String) {
        #expect(throws: StreamParserError.self) { try StreamParser.parse(Array(text.utf8)) }
    }

    @Test("a stored stanza takes the namespace in force where it was written")
    func detachedNamespace() throws {
        #expect(try StreamParser.parse(Array("<a/>".utf8)) == Element("a", NS.client))
        #expect(try StreamParser.parse(Array("<a/>".utf8), defaultNamespace: "") == Element("a", ""))
        let error = StreamError(.conflict).element()
        #expect(try StreamParser.parse(error.serialized()) == error)
    }
}
