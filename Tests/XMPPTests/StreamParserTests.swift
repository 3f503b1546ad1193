import Testing
import XMPP

@Suite("Streams")
struct StreamParserTests {
    static let opening =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='a.example' version='1.0' "
        + "xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en'>"

    static func events(_ text: String, limits: StreamParser.Limits = .init()) -> [StreamParser.Event] {
        StreamParser(limits: limits).feed(Array(text.utf8))
    }

    static func failure(_ text: String, limits: StreamParser.Limits = .init()) -> StreamParserError? {
        guard case .failed(let error)? = events(text, limits: limits).last else { return nil }
        return error
    }

    @Test("a stream is opened, brings stanzas and is closed")
    func stream() {
        let events = Self.events(
            Self.opening + "\n <message id='1'><body>a &lt; b</body></message> <iq/></stream:stream>tail")
        #expect(events.count == 4)
        guard case .opened(let root)? = events.first else {
            Issue.record("the stream did not open")
            return
        }
        #expect(root.matches("stream", NS.streams))
        #expect(root["to"] == "a.example" && root["xml:lang"] == "en" && root.nodes.isEmpty)
        let body = Element("body", NS.client, text: "a < b")
        #expect(events[1] == .stanza(Element("message", NS.client, ["id": "1"], [body])))
        #expect(events[2] == .stanza(Element("iq", NS.client)))
        #expect(events[3] == .closed)
    }

    @Test("a stream that comes byte by byte reads as one that comes at once")
    func byteByByte() {
        var source = ElementSource(seed: 7)
        var bytes = Array(Self.opening.utf8)
        for _ in 0..<200 {
            source.element().serialize(into: &bytes, in: NS.client)
            bytes.append(UInt8(ascii: " "))
        }
        bytes += StreamTag.close
        let whole = StreamParser().feed(bytes)
        let parser = StreamParser()
        var pieces: [StreamParser.Event] = []
        for byte in bytes { pieces += parser.feed([byte]) }
        #expect(whole.count == 202 && whole.last == .closed)
        #expect(pieces == whole)
    }

    @Test("a stanza is there with its last byte")
    func prompt() {
        let parser = StreamParser()
        _ = parser.feed(Array(Self.opening.utf8))
        let stanza = Array("<message><body>\(String(repeating: "x", count: 5000))</body></message>".utf8)
        for byte in stanza.dropLast() { #expect(parser.feed([byte]).isEmpty) }
        #expect(parser.feed(Array(stanza.suffix(1))).count == 1)
    }

    @Test(
        "what a stream may not contain ends it with its condition",
        arguments: [
            ("<iq>", "</message>", StreamParserError.notWellFormed, "not-well-formed"),
            ("<iq><!-- x -->", "", .restrictedXML, "restricted-xml"),
            ("<?php x?>", "", .restrictedXML, "restricted-xml"),
            ("<iq>&undeclared;", "", .restrictedXML, "restricted-xml"),
            ("<iq>&#0;", "", .notWellFormed, "not-well-formed"),
            ("<iq><x:y/>", "", .badNamespacePrefix, "bad-namespace-prefix"),
            ("hello", "", .invalidXML, "invalid-xml"),
            ("<iq a='1' a='2'/>", "", .notWellFormed, "not-well-formed"),
            ("<?xml version='1.0'?>", "", .notWellFormed, "not-well-formed"),
        ])
    func refused(text: String, rest: String, error: StreamParserError, condition: String) {
        #expect(Self.failure(Self.opening + text + rest) == error)
        #expect(error.condition.rawValue == condition)
    }

    @Test("a billion laughs are refused at the DOCTYPE")
    func billionLaughs() {
        var bomb = "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY a0 'lol'>"
        for level in 1...9 {
            bomb += "<!ENTITY a\(level) '\(String(repeating: "&a\(level - 1);", count: 10))'>"
        }
        bomb += "]><stream:stream xmlns:stream='http://etherx.jabber.org/streams'>&a9;"
        #expect(Self.events(bomb) == [.failed(.restrictedXML)])
    }

    @Test("only UTF-8 is read")
    func encodings() {
        #expect(Self.failure("<?xml version='1.0' encoding='ISO-8859-1'?><a/>") == .unsupportedEncoding)
        #expect(Self.events("<?xml version='1.0' encoding='utf-8'?><a>").count == 1)
        let utf16: [[UInt8]] = [[0xFF, 0xFE, 0x3C, 0, 0x61, 0], [0x3C, 0, 0x61, 0], [0, 0x3C, 0, 0x61]]
        for beginning in utf16 {
            #expect(StreamParser().feed(beginning) == [.failed(.unsupportedEncoding)])
            let dripped = StreamParser()
            #expect(
                dripped.feed([beginning[0]]) + dripped.feed([beginning[1]]) == [.failed(.unsupportedEncoding)]
            )
        }
        let parser = StreamParser()
        _ = parser.feed(Array(Self.opening.utf8))
        #expect(parser.feed(Array("<a>".utf8) + [0xC0, 0x80]) == [.failed(.notWellFormed)])
    }

    @Test("after a failure nothing more is read")
    func silence() {
        let parser = StreamParser()
        #expect(parser.feed(Array("<a><!-- -->".utf8)).last == .failed(.restrictedXML))
        #expect(parser.feed(Array("<b/></a>".utf8)).isEmpty)
    }

    @Test("a reset parser reads a new stream and remembers nothing")
    func reset() {
        let parser = StreamParser()
        for unfinished in ["<iq><x", "<!-- -->", "", "</stream:stream>"] {
            _ = parser.feed(Array((Self.opening + unfinished).utf8))
            parser.reset()
        }
        let events = parser.feed(Array((Self.opening + "<iq/>").utf8))
        #expect(events.count == 2 && events.last == .stanza(Element("iq", NS.client)))
    }
}
