import Testing

@testable import Appliance

private let minimal = """
    [box]
    name = "finance"
    domain = "finance.gov.test"

    """

/// The whole text of the error that reading `text` ends with.
private func refusal(_ text: String) -> String? {
    do throws(ConfigurationError) {
        _ = try Configuration(text)
        return nil
    } catch { return error.description }
}

@Suite("Configuration file")
struct ConfigurationTests {
    @Test("the file of the design reads as the design means it")
    func designExample() throws {
        let text = """
            [box]
            name = "finance"
            domain = "finance.gov.test"
            files-host = "files.gov.test"
            forward = false
            shared-roster = false
            addresses = ["10.20.0.4", "box.finance.gov.test:7500", "fd00::4"]

            [listen]                     # "off" turns one off
            xmpp = "127.0.0.1:15222"
            web = "off"
            link = "[::]:7401"

            [[peers]]
            card = "dakghar:1:interior:interior.gov.test:KEYS:10.0.0.1:7400:SIG"
            addresses = ["10.20.0.5:7400"]
            direct = false

            [[peers]]
            card = "dakghar:1:hq:hq.gov.test:KEYS::SIG"
            upstream = true
            addresses = []

            [tls]
            certificate = "/etc/chain.pem"
            key = "/etc/leaf.key"

            [limits]
            stanza = "64 KiB"
            outbox = "3GiB"
            lifetime = { chat = "2 weeks", bulk = "36 h" }
            sessions-per-account = 3
            half-open-connections = 77
            unacknowledged = "128 KiB"
            probe-interval = "20 s"
            """
        let configuration = try Configuration(text)
        #expect(configuration.box.filesHost == "files.gov.test")
        #expect(configuration.box.forward == false)
        #expect(configuration.box.sharedRoster == false)
        #expect(
            configuration.box.addresses.map(\.description)
                == ["10.20.0.4:7401", "box.finance.gov.test:7500", "[fd00::4]:7401"])
        #expect(configuration.certificateHosts == ["10.20.0.4", "box.finance.gov.test", "fd00::4"])
        #expect(configuration.listen.xmpp == HostPort(host: "127.0.0.1", port: 15222))
        #expect(configuration.listen.xmppTLS == HostPort(host: "0.0.0.0", port: 5223))
        #expect(configuration.listen.web == nil)
        #expect(configuration.listen.link == HostPort(host: "::", port: 7401))
        #expect(configuration.peers.map(\.name) == ["interior", "hq"])
        #expect(configuration.peers.map(\.direct) == [false, true])
        #expect(configuration.peers.map(\.upstream) == [false, true])
        #expect(configuration.peers.map(\.line) == [15, 20])
        #expect(configuration.peers[0].addresses == [HostPort(host: "10.20.0.5", port: 7400)])
        #expect(configuration.peers[1].addresses == [])
        #expect(configuration.tls?.key == "/etc/leaf.key")
        #expect(configuration.limits.stanza.bytes == 65_536)
        #expect(configuration.limits.outbox.bytes == 3 << 30)
        #expect(configuration.limits.chatLifetime == .days(14))
        #expect(configuration.limits.bulkLifetime == .seconds(36 * 3600))
        #expect(configuration.limits.sessionsPerAccount == 3)
        #expect(configuration.limits.halfOpenConnections == 77)
        #expect(configuration.limits.unacknowledged == .kibibytes(128))
        #expect(configuration.limits.probeInterval == .seconds(20))
    }

    @Test("what is left out has the documented default")
    func defaults() throws {
        let configuration = try Configuration(minimal)
        #expect(configuration.box.forward)
        #expect(configuration.box.sharedRoster)
        #expect(configuration.listen.xmpp?.port == 5222)
        #expect(configuration.listen.link?.port == 7400)
        #expect(configuration.limits == .standard)
        #expect(configuration.tls == nil)
        #expect(configuration.peers.isEmpty)
    }

    @Test("the initial file says exactly the defaults, and has every key in it")
    func initialFile() throws {
        let text = Configuration.initialText(
            name: "finance", domain: "finance.gov.test", host: "10.20.0.4")
        let configuration = try Configuration(text)
        var expected = try Configuration(minimal)
        expected.box.addresses = [HostPort(host: "10.20.0.4", port: 7400)]
        #expect(configuration == expected)
        let keys =
            ConfigurationKeys.box + ConfigurationKeys.listen + ConfigurationKeys.peer
            + ConfigurationKeys.tls + ConfigurationKeys.limits + ConfigurationKeys.lifetime
        for key in keys { #expect(text.contains("\(key) = "), "\(key) is not documented") }
        for section in ConfigurationKeys.top { #expect(text.contains("[\(section)]")) }
    }

    @Test("a host from the command line cannot write other keys into the initial file")
    func initialFileIsQuoted() {
        let text = Configuration.initialText(
            name: "finance", domain: "finance.gov.test", host: "x\"]\nforward = false #")
        #expect(refusal(text)?.contains("'addresses' in [box] must be") == true)
    }

    @Test(
        "an unknown or ill-typed key is an error that names the key and its line",
        arguments: [
            ("frwd = true", "dakghar.toml:4: unknown key 'frwd' in [box]; did you mean 'forward'?"),
            ("zzzzzzzzz = 1", "dakghar.toml:4: unknown key 'zzzzzzzzz' in [box]"),
            (
                "\n\n[listen]\n# xmp\nxmp = \"off\"",
                "dakghar.toml:8: unknown key 'xmp' in [listen]; did you mean 'xmpp'?"
            ),
            (
                "[limits]\nlifetime = { chat = \"1 h\", bilk = \"1 h\" }",
                "dakghar.toml:5: unknown key 'bilk' in [limits.lifetime]; did you mean 'bulk'?"
            ),
            (
                "[limits.lifetime]\nchat = \"1 h\"\nbilk = \"1 h\"",
                "dakghar.toml:6: unknown key 'bilk' in [limits.lifetime]; did you mean 'bulk'?"
            ),
            (
                "[limit]\nstanza = \"1 MiB\"",
                "dakghar.toml:4: unknown section 'limit' at the top level; did you mean 'limits'?"
            ),
            (
                "[[peers]]\ncard = \"dakghar:1:a:a.test:K::S\"\n[[peers]]\ncard = \"dakghar:1:b:b.test:K::S\"\nupstrem = true",
                "dakghar.toml:8: unknown key 'upstrem' in [[peers]]; did you mean 'upstream'?"
            ),
            ("[lim.more]\nx = 1", "dakghar.toml:4: unknown section 'lim' at the top level"),
            ("forward = \"yes\"", "dakghar.toml:4: 'forward' in [box] must be true or false, not a text"),
            (
                "addresses = [\n  \"10.0.0.1\",\n  7,\n]",
                "dakghar.toml:6: 'addresses' in [box] must be a list of texts, not a number"
            ),
            (
                "[limits]\nstanza = \"256 kilo\"",
                "dakghar.toml:5: 'stanza' in [limits] must be a size such as \"256 KiB\" (B, KiB, MiB, GiB or TiB)"
            ),
            (
                "[limits]\nstanza = 256",
                "dakghar.toml:5: 'stanza' in [limits] must be a text in quotes, not a number"
            ),
            (
                "[limits]\nstanza = \"1 KiB\"",
                "dakghar.toml:5: 'stanza' in [limits] must be from \"10 KiB\" to \"16 MiB\""
            ),
            (
                "[limits]\nsessions-per-account = 0",
                "dakghar.toml:5: 'sessions-per-account' in [limits] must be from 1 to 1000"
            ),
            ("[tls]\nkey = \"/a\"", "dakghar.toml:4: 'certificate' is missing in [tls]"),
            (
                "[peers]\ncard = \"x\"",
                "dakghar.toml:4: 'peers' at the top level must be written with double brackets: [[peers]], not a table"
            ),
            ("[[peers]]\nupstream = true", "dakghar.toml:4: 'card' is missing in [[peers]]"),
            (
                "[listen]\nlink = \"7400\"",
                "dakghar.toml:5: 'link' in [listen] must be \"host:port\", an IPv6 address in brackets, not \"7400\""
            ),
            (
                "[[federation]]\ndomains = [\"*.example.org\"]",
                "dakghar.toml:4: [[federation]]: federation is not supported by this version; remove the section"
            ),
        ])
    func refusals(addition: String, message: String) {
        #expect(refusal(minimal + addition + "\n") == message)
    }

    @Test("a mistake in the syntax is reported with its line")
    func syntax() {
        #expect(refusal(minimal + "\nforward = tru\n")?.hasPrefix("dakghar.toml:5: ") == true)
        #expect(refusal(minimal + "name = \"twice\"\n")?.hasPrefix("dakghar.toml:4: ") == true)
    }

    @Test("nothing hides behind a NUL byte")
    func nul() {
        #expect(refusal(minimal + "\u{0}\nnonsense") == "dakghar.toml:4: a NUL byte")
    }

    @Test("deep nesting and an overlong file are refused")
    func limits() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(
            refusal(minimal + "addresses = \(deep)\n")
                == "dakghar.toml:4: lists or tables inside each other too deep")
        let long = String(repeating: "#\n", count: 600_000)
        #expect(refusal(minimal + long) == "dakghar.toml: larger than 1 MiB")
    }

    @Test(
        "a header without a name, at which the parser would stop the process, is an error with its line",
        arguments: ["[=]", "[[.a]]", "[ \n", "[é]", "[]", "[[#]]"])
    func namelessHeader(_ header: String) {
        let message = "dakghar.toml:4: a section's name is missing after '['"
        #expect(refusal(minimal + header + "\nx = 1\n") == message)
        #expect(refusal("\u{FEFF}" + minimal + header + "\n") == message)
        #expect(refusal(minimal + "files-host = [1,\n }]") == "dakghar.toml:5: a value is missing before '}'")
        #expect(refusal("x = tru\n" + minimal + header)?.hasPrefix("dakghar.toml:1: ") == true)
    }

    @Test("keys inside long strings and comments are not taken for keys")
    func misleadingText() {
        let text =
            minimal
            + "addresses = [ # frwd = 1\n \"\"\"\nfrwd = 1\"\"\", 'frwd = 2' ]\nfrwd = 3\n"
        #expect(refusal(text)?.hasPrefix("dakghar.toml:7: unknown key 'frwd'") == true)
    }

    @Test("two peers of one name, or one of the box's own, are refused")
    func duplicatePeers() {
        let peer = "[[peers]]\ncard = \"dakghar:1:hq:hq.test:K::S\"\n"
        #expect(refusal(minimal + peer + peer) == "dakghar.toml:7: the peer 'hq' is a peer above")
        let own = peer.replacing("hq", with: "finance")
        #expect(refusal(minimal + own) == "dakghar.toml:5: the peer 'finance' is this box itself")
    }

    @Test(
        "names and domains that would break cards or certificates are refused",
        arguments: ["", "Finance", "a:b", "fin ance", "a/b", String(repeating: "a", count: 64)])
    func names(_ name: String) {
        #expect(!DomainText.isBoxName(name))
        #expect(!DomainText.isDomain(name + ".gov.test") || name.isEmpty)
        #expect(!DomainText.isDomain("gov..test"))
        #expect(!DomainText.isDomain("10.0.0.1"))
    }

    @Test("a file that is not there is an error and no trap")
    func missingFile() {
        #expect(throws: ConfigurationError.self) { try Configuration.load("/nonexistent/dakghar.toml") }
    }
}
