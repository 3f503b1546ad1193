import Testing

@testable import Console

@Suite("Elements without a stream around them")
struct FramedElementTests {
    private func standalone(_ text: String) -> String {
        String(decoding: FramedElement.standalone(Array(text.utf8)), as: UTF8.self)
    }

    @Test("a stanza declares jabber:client, whatever its shape")
    func stanza() {
        #expect(standalone("<presence/>") == "<presence xmlns='jabber:client'/>")
        #expect(standalone("<iq id='1'><a/></iq>") == "<iq xmlns='jabber:client' id='1'><a/></iq>")
        #expect(standalone("<message>x</message>") == "<message xmlns='jabber:client'>x</message>")
    }

    @Test("what has a namespace of its own keeps it")
    func nonza() { #expect(standalone("<r xmlns='urn:xmpp:sm:3'/>") == "<r xmlns='urn:xmpp:sm:3'/>") }

    @Test("the prefix stream: is declared wherever it is used")
    func prefix() {
        let declared = " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
        #expect(standalone("<stream:features/>") == "<stream:features\(declared)/>")
        #expect(standalone("<message><stream:x/></message>") == "<message\(declared)><stream:x/></message>")
        #expect(!standalone("<message>&lt;stream:</message>").contains("etherx"))
    }
}
