import Glibc

/// The rules for the readable fields of a card.
package enum CardFields {
    /// 1 to 64 of `A-Z a-z 0-9 . _ -`.
    package static func checkName(_ name: String) throws(CardError) {
        let isValid = (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(isNameByte)
        guard isValid else { throw .badName(printable(name)) }
    }

    /// Labels of lower-case letters, digits and inner hyphens, joined by dots, at most 253 bytes.
    package static func checkDomain(_ domain: String) throws(CardError) {
        guard isHostname(domain), !domain.utf8.contains(where: isUpper) else {
            throw .badDomain(printable(domain))
        }
    }

    /// `host:port`: a host name, an IPv4 address, or an IPv6 address in brackets; port 1 to 65535.
    package static func checkAddress(_ address: String) throws(CardError) {
        guard splitAddress(address) != nil else { throw .badAddress(printable(address)) }
    }

    /// Host (without brackets) and port of a valid address, or nil.
    package static func splitAddress(_ address: String) -> (host: String, port: UInt16)? {
        guard address.utf8.count <= 300, let colon = address.lastIndex(of: ":") else { return nil }
        let host = address[..<colon]
        let digits = address[address.index(after: colon)...]
        guard digits.utf8.allSatisfy(isDigit), digits.first != "0", let port = UInt16(digits) else {
            return nil
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inner = String(host.dropFirst().dropLast())
            return isIPv6(inner) ? (inner, port) : nil
        }
        return isHostname(String(host)) ? (String(host), port) : nil
    }

    private static func isHostname(_ host: String) -> Bool {
        guard (1...253).contains(host.utf8.count) else { return false }
        return host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            label in
            (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { isLetter($0) || isDigit($0) || $0 == hyphen }
        }
    }

    private static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }

    /// At most 80 characters without control characters: what was pasted may be anything.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(80).filter { $0.value >= 0x20 && $0.value != 0x7f }))
    }

    private static let hyphen = UInt8(ascii: "-")
    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { isUpper(byte) || (0x61...0x7a).contains(byte) }
    private static func isNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == 0x2e || byte == 0x5f || byte == hyphen
    }
}
