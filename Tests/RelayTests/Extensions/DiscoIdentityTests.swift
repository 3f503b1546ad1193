import Crypto
import Testing
import XMPP

@testable import Relay

@Suite("Entity capabilities")
struct DiscoIdentityTests {
    @Test("the verification string is the hash of the sorted identity and features (XEP-0115 §5.1)")
    func hash() {
        let identity = Disco.Identity(features: ["urn:xmpp:time", "jabber:iq:version", "urn:xmpp:ping"])
        let text = "server/im//Dakghar<jabber:iq:version<urn:xmpp:ping<urn:xmpp:time<"
        let expected = Base64.encode(Array(Insecure.SHA1.hash(data: Array(text.utf8))))
        #expect(identity.verification == expected)
        #expect(identity.capabilities["ver"] == expected)
        #expect(identity.node.hasSuffix("#" + expected))
    }

    @Test("a feature that two extensions name counts once, whatever the order")
    func once() {
        let once = Disco.Identity(features: ["a", "b"])
        let twice = Disco.Identity(features: ["b", "a", "b"])
        #expect(once.verification == twice.verification)
        #expect(twice.content.compactMap { $0["var"] } == ["a", "b"])
    }

    @Test("what the server says of itself in forms is in the hash, too (XEP-0115 §5.1 step 7)")
    func forms() {
        var form = DataForm(kind: "result", type: "urn:example:form")
        form.add("z", ["2", "1"])
        let identity = Disco.Identity(features: ["a"], forms: [form.element])
        let text = "server/im//Dakghar<a<urn:example:form<z<1<2<"
        #expect(identity.verification == Base64.encode(Array(Insecure.SHA1.hash(data: Array(text.utf8)))))
    }
}
