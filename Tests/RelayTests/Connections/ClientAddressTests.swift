import Testing

@testable import Relay

@Suite("What connections are counted by")
struct ClientAddressTests {
    @Test(
        "an IPv4 address counts as it is, of an IPv6 address the first 64 bits",
        arguments: [
            ("10.20.0.4", "10.20.0.4"), ("::ffff:10.20.0.4", "10.20.0.4"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::9", "2001:db8:1:3::/64"), ("fe80::1%eth0", "fe80:0:0:0::/64"),
        ])
    func key(_ address: String, _ expected: String) {
        #expect(ClientAddress.key(address) == expected)
    }

    @Test("without an address there is one name for all")
    func none() {
        #expect(ClientAddress.key(nil).isEmpty)
    }
}
