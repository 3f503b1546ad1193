import Glibc

/// A host and a TCP port: `"10.20.0.5:7400"`, `"box.test:7400"`, `"[fd00::1]:7400"`.
package struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address; IPv6 without its brackets.
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, IPv6 in brackets. With `defaultPort` the port may be missing, and the
    /// brackets as well then.
    package init(_ text: String, defaultPort: UInt16? = nil) throws(InvalidText) {
        let (host, port) = try Self.split(text, defaultPort: defaultPort)
        guard Self.isHost(host) else {
            throw InvalidText(reason: "a host name or an IP address with a port, not \"\(text)\"")
        }
        self.init(host: host, port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func split(
        _ text: String, defaultPort: UInt16?
    ) throws(InvalidText) -> (String, UInt16) {
        let wanted = InvalidText(reason: "\"host:port\", an IPv6 address in brackets, not \"\(text)\"")
        let rest: Substring
        let host: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw wanted }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard host.contains(":") else { throw wanted }
        } else if text.utf8.count(where: { $0 == UInt8(ascii: ":") }) > 1 {
            (host, rest) = (text[...], "")
        } else {
            host = text.prefix { $0 != ":" }
            rest = text[host.endIndex...]
        }
        if rest.isEmpty, let defaultPort { return (String(host), defaultPort) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let port = UInt16(digits), port > 0
        else { throw wanted }
        return (String(host), port)
    }

    private static func isHost(_ text: String) -> Bool {
        IPAddressText.bytes(text) != nil || DomainText.isDomain(text)
    }
}

/// IP addresses as bytes in network order.
package enum IPAddressText {
    /// 4 bytes for IPv4, 16 for IPv6, nil for anything else.
    package static func bytes(_ text: String) -> [UInt8]? {
        // A NUL would end the C string early and hide what follows.
        guard !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: six) { Array($0) } }
        return nil
    }
}

/// Names of boxes and domains, as they go into cards and certificates.
package enum DomainText {
    /// RFC 1123 §2.1: labels of 1 to 63 lower-case letters, digits and inner hyphens, at most 253
    /// bytes. Other scripts in their `xn--` form; the last label is no number.
    package static func isDomain(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, !last.allSatisfy(\.isNumber) else { return false }
        return labels.allSatisfy(isLabel)
    }

    /// A box's short name: 1 to 63 lower-case letters, digits, hyphens and underscores.
    package static func isBoxName(_ text: String) -> Bool {
        guard (1...63).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 0x2D || $0 == 0x5F }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        guard (1...63).contains(label.utf8.count), !label.hasPrefix("-"), !label.hasSuffix("-") else {
            return false
        }
        return label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 0x2D }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
}
