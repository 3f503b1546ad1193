import Testing
import XMPP

@Suite("Elements")
struct ElementTests {
    @Test("the default namespace is written only where it changes")
    func namespaces() {
        let query = Element("query", NS.roster, ["ver": "3", "none": nil], [Element("item", NS.roster)])
        let iq = Element("iq", NS.client, ["type": "result"], [query, Element("x", NS.client)])
        #expect(
            String(decoding: iq.serialized(), as: UTF8.self)
                == "<iq type='result'><query xmlns='jabber:iq:roster' ver='3'><item/></query><x/></iq>")
        #expect(iq.description.hasPrefix("<iq xmlns='jabber:client' type='result'>"))
    }

    @Test("an element of the stream keeps its prefix and leaves the default namespace alone")
    func streamPrefix() {
        let features = Element("features", NS.streams, [:], [Element("bind", NS.bind)])
        #expect(
            String(decoding: features.serialized(), as: UTF8.self)
                == "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>")
    }

    @Test("markup and white space that would be lost are escaped")
    func escaping() {
        let element = Element("a", "", ["v": "<&>'\"\t\n\r"], text: "<&>'\"\t\n\r]]>")
        #expect(
            element.description
                == "<a v='&lt;&amp;&gt;&apos;&quot;&#9;&#10;&#13;'>&lt;&amp;&gt;'\"\t\n&#13;]]&gt;</a>")
        let impossible = Element("a", "", text: "x\u{0}\u{1B}\u{FFFE}\u{FFFF}\u{FFFD}y")
        #expect(impossible.description == "<a>x\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}y</a>")
    }

    @Test("attributes are read, set and removed by name, xml:lang too")
    func attributes() {
        var element = Element("message", NS.client, ["to": "a", "xml:lang": "sw"])
        #expect(element["to"] == "a" && element["xml:lang"] == "sw" && element["lang"] == nil)
        element["to"] = nil
        element["xml:lang"] = "en"
        element["id"] = "1"
        #expect(element.description == "<message xmlns='jabber:client' xml:lang='en' id='1'/>")
    }

    @Test("children are found by name and namespace")
    func content() {
        var message = Element("message", NS.client, [:], [Element("body", NS.client, text: "hello")])
        message.append(Element("body", NS.hints))
        message.append(text: "tail")
        #expect(message.child("body", NS.client)?.text == "hello")
        #expect(message.firstChild(in: NS.hints)?.name == "body")
        #expect(message.child("body", NS.sid) == nil)
        #expect(message.children.count == 2 && message.text == "tail")
        message.removeChildren { $0.namespace == NS.client }
        #expect(message.children.map(\.namespace) == [NS.hints] && message.text == "tail")
        #expect(message.adding(Element("x", "")).children.count == 2)
    }

    @Test("any element is read back as it was written")
    func roundTrip() throws {
        var source = ElementSource(seed: 20_261_124)
        for _ in 0..<2000 {
            let element = source.element()
            let parent = source.namespace()
            let bytes = element.serialized(in: parent)
            #expect(try StreamParser.parse(bytes, defaultNamespace: parent) == element)
        }
    }
}
