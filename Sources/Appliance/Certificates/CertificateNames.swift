import SwiftASN1
import X509

/// What a box may call itself in its certificates.
package struct CertificateNames: Sendable, Equatable {
    /// The XMPP domain; what is under it (`rooms.`) comes with it.
    package let domain: String
    /// The host name shared for files by all boxes of a deployment.
    package let filesHost: String?
    /// Further host names of the box.
    package let hosts: [String]
    /// IP addresses of the box, 4 or 16 bytes each.
    package let addresses: [[UInt8]]

    /// `hosts` may be names and IP addresses; each counts once.
    package init(domain: String, filesHost: String?, hosts: [String]) {
        self.domain = domain
        self.filesHost = filesHost
        var names: [String] = []
        var addresses: [[UInt8]] = []
        for host in hosts {
            if let bytes = IPAddressText.bytes(host) {
                if !addresses.contains(bytes) { addresses.append(bytes) }
            } else if host != domain, host != filesHost, !names.contains(host) {
                names.append(host)
            }
        }
        self.hosts = names
        self.addresses = addresses
    }

    /// The names of the configured box.
    package init(_ configuration: Configuration) {
        self.init(
            domain: configuration.box.domain, filesHost: configuration.box.filesHost,
            hosts: configuration.certificateHosts)
    }

    /// The leaf's subject alternative names.
    var alternativeNames: SubjectAlternativeNames {
        let names = [domain, "rooms." + domain] + [filesHost].compactMap { $0 } + hosts
        return SubjectAlternativeNames(
            names.map { .dnsName($0) }
                + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) })
    }

    /// What the intermediate may sign (RFC 5280 §4.2.1.10): a permitted kind of name forbids all
    /// others of its kind. Without any address all of them have to be forbidden by name.
    var constraints: NameConstraints {
        let all = [[UInt8](repeating: 0, count: 8), [UInt8](repeating: 0, count: 32)]
        return NameConstraints(
            permittedDNSDomains: [domain] + [filesHost].compactMap { $0 } + hosts,
            permittedIPRanges: addresses.map { address in
                let mask = [UInt8](repeating: 0xFF, count: address.count)
                return ASN1OctetString(contentBytes: (address + mask)[...])
            },
            excludedIPRanges: (addresses.isEmpty ? all : []).map {
                ASN1OctetString(contentBytes: $0[...])
            })
    }
}
