import Testing

@testable import Appliance

@Suite("Contacts and call servers in the configuration file")
struct ContactConfigurationTests {
    private static let box = "[box]\nname = \"finance\"\ndomain = \"finance.gov.test\"\n"

    private func refusal(_ text: String) -> String? {
        do throws(ConfigurationError) {
            _ = try Configuration(Self.box + text)
            return nil
        } catch { return error.description }
    }

    @Test("contacts are lists of URIs by the matter; nothing said is nothing shown")
    func contacts() throws {
        let configuration = try Configuration(
            Self.box
                + "[contact]\nadmin = [\"xmpp:asma@finance.gov.test\", \"mailto:a@gov.test\"]\nabuse = []\n")
        #expect(
            configuration.contact.addresses == ["admin": ["xmpp:asma@finance.gov.test", "mailto:a@gov.test"]])
        #expect(try Configuration(Self.box).contact.addresses.isEmpty)
    }

    @Test(
        "what is no address is refused, with examples",
        arguments: ["asma@finance.gov.test", "xmpp:", ":x", "mailto:a b", "https://\\u0007", "1x:y"])
    func wrong(_ address: String) {
        let text = refusal("[contact]\nadmin = [\"\(address)\"]\n")
        #expect(text?.contains("'admin' in [contact] must be") == true)
    }

    @Test("an unknown matter is refused, with the one that was meant")
    func unknown() {
        #expect(refusal("[contact]\nadmins = []\n")?.contains("did you mean 'admin'") == true)
    }

    @Test("a call server has its usual port and transport")
    func servers() throws {
        let configuration = try Configuration(
            Self.box + """
                [[call-servers]]
                type = "turn"
                host = "turn.gov.test"
                secret-file = "/etc/dakghar/turn.secret"
                [[call-servers]]
                type = "turns"
                host = "[2001:db8::5]:443"
                lifetime = "1 h"
                """)
        let (plain, secure) = (configuration.callServers[0], configuration.callServers[1])
        #expect(plain.port == 3_478 && plain.transport == "udp" && plain.lifetime == .seconds(43_200))
        #expect(secure.host == "2001:db8::5" && secure.port == 443 && secure.transport == "tcp")
        #expect(secure.lifetime == .seconds(3_600) && secure.secretFile == nil)
    }

    @Test(
        "a call server that cannot be is refused",
        arguments: [
            ("type = \"ftp\"\nhost = \"a\"", "stun, stuns, turn or turns"),
            ("type = \"turn\"", "'host' is missing"),
            ("type = \"turn\"\nhost = \"a\"\ntransport = \"quic\"", "udp or tcp"),
            ("type = \"turn\"\nhost = \"a\"\nsecret-file = \"x\"", "an absolute path"),
            ("type = \"stun\"\nhost = \"a\"\nsecret-file = \"/x\"", "asks for no secret"),
            ("type = \"turn\"\nhost = \"a\"\nlifetime = \"1 s\"", "'lifetime'"),
        ])
    func wrongServer(_ text: String, _ reason: String) {
        #expect(refusal("[[call-servers]]\n" + text)?.contains(reason) == true)
    }
}
