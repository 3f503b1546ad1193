internal import Glibc

/// What limits count connections and failures by: an IPv4 address, or the first 64 bits of an IPv6 one, as
/// everybody with an IPv6 line has that many addresses to choose from.
package enum ClientAddress {
    /// - Parameter address: as the socket says; nil or no IP address gives one name for all.
    package static func key(_ address: String?) -> String {
        guard let address else { return "" }
        var all = [UInt8](repeating: 0, count: 16)
        // A zone (`fe80::1%eth0`) is no part of the address.
        let bare = String(address.prefix { $0 != "%" })
        guard inet_pton(AF_INET6, bare, &all) == 1 else { return address }
        if all.prefix(10).allSatisfy({ $0 == 0 }), all[10] == 0xFF, all[11] == 0xFF {
            return all[12...].map(String.init).joined(separator: ".")
        }
        let groups = stride(from: 0, to: 8, by: 2).map { place in
            String(UInt16(all[place]) << 8 | UInt16(all[place + 1]), radix: 16)
        }
        return groups.joined(separator: ":") + "::/64"
    }
}
