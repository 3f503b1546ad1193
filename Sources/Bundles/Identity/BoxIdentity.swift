/// Everything secret that makes a box this box: its names and its three kinds of keys.
package struct BoxIdentity: Sendable, Equatable, CustomStringConvertible {
    package let name: String
    package let domain: String
    package let signing: SigningKey
    package let link: X25519KeyPair
    /// Oldest first; the last one is announced and in the card. Never empty.
    package private(set) var sealing: [SealingKey]

    /// The Ed25519 seed, 32 bytes.
    package var seed: [UInt8] { signing.seed }
    package var boxID: BoxID { BoxID(identityKey: signing.publicKey) }
    package var newestSealingKey: SealingKey { sealing[sealing.count - 1] }

    /// Checks the names; throws `.badKeys` without a sealing key.
    package init(
        name: String, domain: String, signing: SigningKey, link: X25519KeyPair, sealing: [SealingKey]
    ) throws(CardError) {
        try CardFields.checkName(name)
        try CardFields.checkDomain(domain)
        guard !sealing.isEmpty else { throw .badKeys }
        self.name = name
        self.domain = domain
        self.signing = signing
        self.link = link
        self.sealing = sealing
    }

    /// New keys for a new box. `nowMs`: wall time, ms since 1970, from which the first sealing key counts.
    package static func generate(name: String, domain: String, nowMs: UInt64 = 0) throws(CardError)
        -> BoxIdentity
    {
        try BoxIdentity(
            name: name, domain: domain, signing: .generate(), link: .generate(),
            sealing: [SealingKey(pair: .generate(), createdMs: nowMs)])
    }

    /// The signed card with these addresses (`host:port`).
    package func card(addresses: [String]) throws(CardError) -> Card {
        try Card(of: self, addresses: addresses)
    }

    package func sign(_ message: [UInt8]) -> [UInt8] { signing.sign(message) }

    /// The sealing key that a bundle's header names, or nil if it was erased or never ours.
    package func sealingKey(id: UInt32) -> SealingKey? { sealing.last { $0.id == id } }

    /// Makes the next sealing key.
    package mutating func addSealingKey(createdMs: UInt64) {
        sealing.append(SealingKey(pair: .generate(), createdMs: createdMs))
    }

    /// Erases sealing keys that were replaced before `cutoffMs`: whatever was sealed to them has outlived its
    /// lifetime. The newest always stays.
    package mutating func forgetSealingKeys(replacedBeforeMs cutoffMs: UInt64) {
        let kept = sealing.indices.filter { index in
            index + 1 == sealing.count || sealing[index + 1].createdMs >= cutoffMs
        }
        sealing = kept.map { sealing[$0] }
    }

    /// Names only.
    package var description: String { "\(name) (\(domain), \(boxID))" }
}
