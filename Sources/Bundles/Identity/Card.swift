/// What one box must know of another: names, public keys and addresses in one signed line.
///
/// `dakghar:1:NAME:DOMAIN:KEYS:ADDR,ADDR:SIGNATURE`
package struct Card: Equatable, Sendable {
    /// The longest card that is read, in bytes.
    package static let maxBytes = 4_096
    package static let maxAddresses = 8

    package let name: String
    package let domain: String
    package let identityKey: [UInt8]
    package let linkKey: [UInt8]
    package let sealingKey: [UInt8]
    /// `host:port`, the most preferred first; empty for a box that only dials.
    package let addresses: [String]
    /// The whole line.
    package let text: String

    package var boxID: BoxID { BoxID(identityKey: identityKey) }

    /// Eight groups of four hexadecimal digits of BLAKE2b-128 of the identity key, to be read out on the phone.
    package var fingerprint: String {
        let digits = Sodium.blake2b(16, identityKey).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] + digits[$0 + 1] }.joined(
            separator: " ")
    }

    /// Reads a pasted card (space and line ends around it are ignored) and verifies everything in it.
    package init(parsing pasted: String) throws(CardError) {
        let line = try Self.trimmed(pasted)
        let fields = line.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard fields.first == "dakghar" else { throw .notACard }
        guard fields.count > 1, fields[1] == "1" else {
            throw fields.count > 1 ? .unknownVersion(String(fields[1].prefix(16))) : .notACard
        }
        guard fields.count == 6, let lastColon = fields[5].lastIndex(of: ":") else { throw .notACard }
        let name = String(fields[2])
        let domain = String(fields[3])
        try CardFields.checkName(name)
        try CardFields.checkDomain(domain)
        guard let keys = Base64URL.decode(fields[4]), keys.count == 96 else { throw .badKeys }
        let list = fields[5][..<lastColon]
        let addresses =
            list.isEmpty ? [] : list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        try Self.checkAddresses(addresses)
        try Self.checkKeys(keys)
        let signed = Array(line[..<lastColon].utf8)
        guard let signature = Base64URL.decode(line[line.index(after: lastColon)...]),
            SigningKey.verify(signature, of: Self.context + signed, by: Array(keys[0..<32]))
        else { throw .badSignature }
        self.init(name: name, domain: domain, keys: keys, addresses: addresses, text: line)
    }

    /// Makes and signs the card of `identity` with its newest sealing key.
    init(of identity: BoxIdentity, addresses: [String]) throws(CardError) {
        try Self.checkAddresses(addresses)
        let keys =
            identity.signing.publicKey + identity.link.publicKey + identity.newestSealingKey.pair.publicKey
        let body =
            "dakghar:1:\(identity.name):\(identity.domain):\(Base64URL.encode(keys)):"
            + addresses.joined(separator: ",")
        let signature = identity.sign(Self.context + Array(body.utf8))
        let text = "\(body):\(Base64URL.encode(signature))"
        guard text.utf8.count <= Self.maxBytes else { throw .tooLong }
        self.init(name: identity.name, domain: identity.domain, keys: keys, addresses: addresses, text: text)
    }

    private init(name: String, domain: String, keys: [UInt8], addresses: [String], text: String) {
        self.name = name
        self.domain = domain
        identityKey = Array(keys[0..<32])
        linkKey = Array(keys[32..<64])
        sealingKey = Array(keys[64..<96])
        self.addresses = addresses
        self.text = text
    }

    private static let context = Array("dakghar card 1\n".utf8)

    private static func trimmed(_ pasted: String) throws(CardError) -> String {
        guard pasted.utf8.count <= 2 * maxBytes else { throw .tooLong }
        let start = pasted.drop(while: \.isWhitespace)
        let line = String(start.prefix(while: { !$0.isWhitespace }))
        // Anything behind the card, as a second line of a badly copied one, is not silently cut off.
        guard start.dropFirst(line.count).allSatisfy(\.isWhitespace) else { throw .notACard }
        guard line.utf8.count <= maxBytes else { throw .tooLong }
        return line
    }

    private static func checkAddresses(_ addresses: [String]) throws(CardError) {
        guard addresses.count <= maxAddresses else { throw .tooManyAddresses }
        for address in addresses { try CardFields.checkAddress(address) }
    }

    private static func checkKeys(_ keys: [UInt8]) throws(CardError) {
        guard SigningKey.isUsable(publicKey: Array(keys[0..<32])) else { throw .weakKey("identity") }
        guard X25519KeyPair.isUsable(publicKey: Array(keys[32..<64])) else { throw .weakKey("link") }
        guard X25519KeyPair.isUsable(publicKey: Array(keys[64..<96])) else { throw .weakKey("sealing") }
    }
}
