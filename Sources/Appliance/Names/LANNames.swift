/// The names that the phones and computers of an office must find on their own LAN, also without internet.
package struct LANNames: Sendable, Equatable {
    package struct Service: Sendable, Equatable {
        /// `_xmpps-client._tcp.finance.gov.test`
        package let name: String
        package let target: String
        package let port: UInt16
    }

    package let domain: String
    /// Shared with other boxes: each office's own answers for it.
    package let filesHost: String?
    /// The box's IP addresses.
    package let addresses: [String]
    /// SRV records, direct TLS first (XEP-0368).
    package let services: [Service]

    /// - Parameter addresses: instead of those of the configuration where not empty.
    package init(_ configuration: Configuration, addresses: [String] = []) {
        domain = configuration.box.domain
        filesHost = configuration.box.filesHost.flatMap {
            $0.hasSuffix("." + configuration.box.domain) ? nil : $0
        }
        let named = addresses.isEmpty ? configuration.box.addresses.map(\.host) : addresses
        self.addresses = named.filter(Self.isAddress)
        let domain = domain
        func service(_ label: String, _ listen: HostPort?) -> Service? {
            listen.map { Service(name: "\(label)._tcp.\(domain)", target: domain, port: $0.port) }
        }
        services = [
            service("_xmpps-client", configuration.listen.xmppTLS),
            service("_xmpp-client", configuration.listen.xmpp),
        ].compactMap { $0 }
    }

    /// Four numbers, or something with a colon in it.
    package static func isAddress(_ text: String) -> Bool {
        if text.contains(":") {
            return text.utf8.allSatisfy { "0123456789abcdefABCDEF:.".utf8.contains($0) }
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    /// A configuration for dnsmasq on the box.
    /// - Parameters:
    ///   - upstreams: resolvers for all other names; without any they are refused at once.
    ///   - dhcp: first and last address to hand out; nil hands out none.
    package func dnsmasq(upstreams: [String], dhcp: (first: String, last: String)?) -> String {
        var lines = [
            "# Names of \(domain) for its LAN. Made by: dakghar names --dnsmasq",
            "# Put it into /etc/dnsmasq.d/dakghar.conf; then: systemctl restart dnsmasq",
            "",
            "# The domain and everything under it (rooms, files, directory, components) is this box; it is",
            "# never asked elsewhere, so that nothing waits for a line that is down.",
            "local=/\(domain)/",
        ]
        lines += addresses.map { "address=/\(domain)/\($0)" }
        for (rank, service) in services.enumerated() {
            lines.append("srv-host=\(service.name),\(service.target),\(service.port),\(rank),0")
        }
        if let filesHost {
            lines += [
                "", "# The files host that all offices share; here it is this box.", "local=/\(filesHost)/",
            ]
            lines += addresses.map { "address=/\(filesHost)/\($0)" }
        }
        lines += ["", "# All other names; one that is not to be had is said to be so at once.", "no-resolv"]
        lines += upstreams.map { "server=\($0)" }
        lines += ["domain-needed", "bogus-priv", "no-hosts", "cache-size=1000", "no-negcache"]
        lines += ["", "# Nobody outside of the LAN is answered.", "local-service"]
        if let dhcp {
            lines += [
                "", "# Addresses for the LAN, with this box as their resolver.",
                "dhcp-range=\(dhcp.first),\(dhcp.last),12h",
            ]
            if let own = addresses.first(where: { !$0.contains(":") }) {
                lines.append("dhcp-option=option:dns-server,\(own)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
