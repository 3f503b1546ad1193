import Testing
import XMPP

@testable import Relay

@Suite("Capability hashes")
struct CapabilityHashTests {
    private func parse(_ text: String) throws -> Element { try StreamParser.parse(Array(text.utf8)) }

    private func exodus(_ more: String = "") throws -> Element {
        try parse(
            """
            <query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity category='client' name='Exodus 0.9.1' type='pc'/>\
            <feature var='http://jabber.org/protocol/caps'/>\
            <feature var='http://jabber.org/protocol/disco#items'/>\
            <feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/muc'/>\(more)</query>
            """)
    }

    @Test("the simple example of XEP-0115 §5.2 has its hash")
    func simple() throws {
        #expect(
            CapabilityHash.verification(of: try exodus(), algorithm: "sha-1")
                == "QgayPKawpkPSDYmwT/WM94uAlu0=")
    }

    @Test("the complex example of XEP-0115 §5.3, with languages and a form, has its hash")
    func complex() throws {
        let query = try parse(
            """
            <query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>\
            <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>\
            <feature var='http://jabber.org/protocol/caps'/>\
            <feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/disco#items'/>\
            <feature var='http://jabber.org/protocol/muc'/>\
            <x xmlns='jabber:x:data' type='result'>\
            <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
            <field var='ip_version'><value>ipv4</value><value>ipv6</value></field>\
            <field var='os'><value>Mac</value></field>\
            <field var='os_version'><value>10.5.1</value></field>\
            <field var='software'><value>Psi</value></field>\
            <field var='software_version'><value>0.11</value></field></x></query>
            """)
        #expect(CapabilityHash.verification(of: query, algorithm: "sha-1") == "q07IKJEyjvHSyhy//CH0CxmKi8w=")
    }

    @Test(
        "an ill-formed answer has no hash",
        arguments: [
            "<feature var='http://jabber.org/protocol/muc'/>",
            "<identity category='client' name='Exodus 0.9.1' type='pc'/>",
            "<feature var='a&lt;b'/>",
            """
            <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>a</value>\
            <value>b</value></field></x>
            """,
            """
            <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>a</value>\
            </field></x><x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>\
            <value>a</value></field></x>
            """,
        ])
    func illFormed(more: String) throws {
        #expect(CapabilityHash.verification(of: try exodus(more), algorithm: "sha-1") == nil)
    }

    @Test("an unknown algorithm is not believed")
    func unknownAlgorithm() throws {
        #expect(CapabilityHash.verification(of: try exodus(), algorithm: "md5") == nil)
    }
}
