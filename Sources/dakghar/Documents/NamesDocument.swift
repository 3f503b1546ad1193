internal import Appliance

/// What `names` prints.
struct NamesDocument: Encodable {
    struct Service: Encodable {
        let name: String
        let target: String
        let port: Int
    }

    var version = 1
    let domain: String
    let filesHost: OrNull<String>
    let addresses: [String]
    let services: [Service]

    private enum CodingKeys: String, CodingKey {
        case version, domain, addresses, services
        case filesHost = "files-host"
    }

    init(_ names: LANNames) {
        domain = names.domain
        filesHost = .init(names.filesHost)
        addresses = names.addresses
        services = names.services.map { .init(name: $0.name, target: $0.target, port: Int($0.port)) }
    }

    var human: String {
        var table = Table(["name", "kind", "answer"])
        for address in addresses {
            let kind = address.contains(":") ? "AAAA" : "A"
            table.add([domain, kind, address])
            table.add(["*.\(domain)", kind, address])
            if let host = filesHost.value { table.add([host, kind, address]) }
        }
        for service in services { table.add([service.name, "SRV", "\(service.target):\(service.port)"]) }
        return table.text + """

            These names have to be found on the LAN while the provider's DNS is dark. Either the box answers:
            dakghar names --dnsmasq > /etc/dnsmasq.d/dakghar.conf, and two settings of the router make it work:
              1. the box has a fixed address (\(addresses.first ?? "")): a reservation, or outside of its range
              2. the router's DHCP names that address as the only DNS server
            Or the router has static names: put these lines there.

            """
    }
}
