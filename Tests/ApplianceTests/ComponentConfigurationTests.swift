import Testing

@testable import Appliance

@Suite("Components in the configuration file")
struct ComponentConfigurationTests {
    private static let box = "[box]\nname = \"finance\"\ndomain = \"finance.gov.test\"\n"

    private func refusal(_ text: String) -> String? {
        do throws(ConfigurationError) {
            _ = try Configuration(Self.box + text)
            return nil
        } catch { return error.description }
    }

    @Test("a component has a domain, a name and a file with its secret")
    func complete() throws {
        let configuration = try Configuration(
            Self.box + """
                [listen]
                components = "127.0.0.1:5347"
                [[components]]
                domain = "push.finance.gov.test"
                name = "Push"
                secret-file = "/etc/dakghar/push.secret"
                [[components]]
                domain = "echo.finance.gov.test"
                secret-file = "/etc/dakghar/echo.secret"
                """)
        #expect(configuration.listen.components == HostPort(host: "127.0.0.1", port: 5347))
        #expect(configuration.components.map(\.name) == ["Push", "echo.finance.gov.test"])
        #expect(configuration.components[0].secretFile == "/etc/dakghar/push.secret")
    }

    @Test("nothing listens for components where nothing is said, nor with off")
    func off() throws {
        #expect(try Configuration(Self.box).listen.components == nil)
        #expect(try Configuration(Self.box + "[listen]\ncomponents = \"off\"\n").listen.components == nil)
    }

    @Test(
        "a domain elsewhere, one of the box's own, one twice and an unknown key are refused",
        arguments: [
            ("domain = \"push.gov.test\"\nsecret-file = \"/s\"", "a domain under finance.gov.test"),
            ("domain = \"finance.gov.test\"\nsecret-file = \"/s\"", "a domain under finance.gov.test"),
            ("domain = \"evilfinance.gov.test\"\nsecret-file = \"/s\"", "a domain under"),
            ("domain = \"files.finance.gov.test\"\nsecret-file = \"/s\"", "the box's own"),
            ("domain = \"p.finance.gov.test\"", "'secret-file' is missing"),
            ("domain = \"p.finance.gov.test\"\nsecret-file = \"s\"", "an absolute path"),
            ("domain = \"p.finance.gov.test\"\nsecret-file = \"/s\"\nname = \"\"", "bytes long"),
            ("domain = \"p.finance.gov.test\"\nsecret = \"x\"", "unknown key 'secret' in [[components]]"),
            ("secret-file = \"/s\"", "'domain' is missing"),
            (
                "domain = \"p.finance.gov.test\"\nsecret-file = \"/s\"\n[[components]]\ndomain = \"p.finance.gov.test\"\nsecret-file = \"/t\"",
                "is a component above"
            ),
        ])
    func refusals(_ section: String, _ reason: String) throws {
        let said = try #require(refusal("[[components]]\n" + section + "\n"))
        #expect(said.contains(reason), "\(said)")
    }
}
