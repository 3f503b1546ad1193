extension Configuration {
    /// `[contact]`: whom people write to about the service (XEP-0157), by the kind of matter.
    package struct Contact: Sendable, Equatable {
        /// The addresses of each kind, as URIs; kinds without any are missing.
        package var addresses: [String: [String]]

        /// The kinds that XEP-0157 registers.
        package static let kinds = ["abuse", "admin", "feedback", "sales", "security", "status", "support"]
        /// Addresses of one kind, and bytes of each.
        static let addressLimit = 16
        static let addressBytes = 512
    }
}

extension Configuration.Contact {
    init(_ section: SectionReader) throws(ConfigurationError) {
        try section.allowOnly(Self.kinds)
        addresses = [:]
        for kind in Self.kinds {
            guard let list = try section.strings(kind), !list.isEmpty else { continue }
            guard list.count <= Self.addressLimit, list.allSatisfy(Self.isAddress),
                Set(list).count == list.count
            else {
                throw section.must(
                    kind,
                    "at most \(Self.addressLimit) different addresses, such as \"xmpp:asma@finance.gov.test\", \"mailto:help@gov.test\" or \"https://help.gov.test\""
                )
            }
            addresses[kind] = list
        }
    }

    /// Whether a text has the shape of a URI: a scheme, and something behind it without blanks.
    private static func isAddress(_ text: String) -> Bool {
        guard text.utf8.count <= addressBytes, let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            return false
        }
        let scheme = text.utf8[..<colon]
        let rest = text.utf8[text.utf8.index(after: colon)...]
        guard let first = scheme.first, isLetter(first), !rest.isEmpty else { return false }
        return scheme.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0) }
            && rest.allSatisfy { (0x21...0x7E).contains($0) && !"<>\"".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
