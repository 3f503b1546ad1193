import Testing

@testable import Appliance

@Suite("Names on the LAN") struct LANNamesTests {
    private func names(_ more: String, addresses: String = "[\"10.20.0.4\", \"box.lan\"]") throws -> LANNames
    {
        LANNames(
            try Configuration(
                """
                [box]
                name = "finance"
                domain = "finance.gov.test"
                addresses = \(addresses)
                files-host = "files.gov.test"
                [listen]
                \(more)
                """))
    }

    @Test("the services are where the box listens, direct TLS first")
    func services() throws {
        let both = try names("xmpp-tls = \"0.0.0.0:5555\"")
        #expect(both.services.map(\.port) == [5555, 5222])
        #expect(both.services.first?.name == "_xmpps-client._tcp.finance.gov.test")
        #expect(both.addresses == ["10.20.0.4"])
        #expect(both.filesHost == "files.gov.test")
        #expect(try names("xmpp-tls = \"off\"").services.map(\.port) == [5222])
    }

    @Test("dnsmasq answers for the domain itself, and forwards only to those who were named")
    func dnsmasq() throws {
        let lines = try names("").dnsmasq(upstreams: ["192.0.2.1"], dhcp: ("10.20.0.10", "10.20.0.99"))
            .split(separator: "\n").map(String.init)
        for line in [
            "local=/finance.gov.test/", "address=/finance.gov.test/10.20.0.4",
            "address=/files.gov.test/10.20.0.4", "no-resolv", "server=192.0.2.1",
            "srv-host=_xmpps-client._tcp.finance.gov.test,finance.gov.test,5223,0,0",
            "srv-host=_xmpp-client._tcp.finance.gov.test,finance.gov.test,5222,1,0",
            "dhcp-range=10.20.0.10,10.20.0.99,12h", "dhcp-option=option:dns-server,10.20.0.4",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        let alone = try names("").dnsmasq(upstreams: [], dhcp: nil)
        #expect(!alone.contains("server=") && !alone.contains("dhcp"))
    }

    @Test("only IP addresses are answers", arguments: ["1.2.3", "1.2.3.256", "a.b.c.d", "", "box:x y"])
    func noAddress(text: String) { #expect(!LANNames.isAddress(text)) }

    @Test("IPv4 and IPv6 are", arguments: ["10.0.0.1", "fd00::1"])
    func address(text: String) { #expect(LANNames.isAddress(text)) }
}
