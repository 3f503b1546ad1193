import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// How the three kinds of certificates look; no files, no clock.
enum CertificateFactory {
    static let day: Double = 86_400
    /// A certificate is valid from a day before the box's time on: clocks around it may be behind.
    static let backdate = day
    static let rootLifetime = 10 * 365 * day
    static let intermediateLifetime = 5 * 365 * day
    /// At most 398 days: what browsers and Apple's systems accept of a leaf.
    static let leafLifetime = 397 * day

    /// A self-signed authority, 10 years.
    static func root(
        domain: String, key: P256.Signing.PrivateKey, now: Date
    ) throws(BoxCertificateError) -> Certificate {
        let name = try subject("Dakghar root of", domain)
        return try make(
            subject: name, issuer: name, key: key.publicKey, signer: key, now: now, end: rootLifetime
        ) {
            try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 1))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
            }
        }
    }

    /// The box's own authority, 5 years, for the box's names only and for leaves only.
    static func intermediate(
        names: CertificateNames, key: P256.Signing.PublicKey, root: Certificate,
        rootKey: P256.Signing.PrivateKey, now: Date
    ) throws(BoxCertificateError) -> Certificate {
        let end = min(intermediateLifetime, root.notValidAfter.timeIntervalSince(now) + backdate)
        let name = try subject("Dakghar box", names.domain)
        return try make(subject: name, issuer: root.subject, key: key, signer: rootKey, now: now, end: end) {
            try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                Critical(names.constraints)
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key))
                AuthorityKeyIdentifier(keyIdentifier: try root.extensions.subjectKeyIdentifier?.keyIdentifier)
            }
        }
    }

    /// What the listeners show, 397 days or as long as the intermediate.
    static func leaf(
        names: CertificateNames, key: P256.Signing.PublicKey, intermediate: Certificate,
        intermediateKey: P256.Signing.PrivateKey, now: Date
    ) throws(BoxCertificateError) -> Certificate {
        let end = min(leafLifetime, intermediate.notValidAfter.timeIntervalSince(now) + backdate)
        let name = try subject("", names.domain)
        return try make(
            subject: name, issuer: intermediate.subject, key: key, signer: intermediateKey, now: now, end: end
        ) {
            try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                names.alternativeNames
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key))
                AuthorityKeyIdentifier(
                    keyIdentifier: try intermediate.extensions.subjectKeyIdentifier?.keyIdentifier)
            }
        }
    }

    private static func make(
        subject: DistinguishedName, issuer: DistinguishedName, key: P256.Signing.PublicKey,
        signer: P256.Signing.PrivateKey, now: Date, end: Double,
        extensions: () throws -> Certificate.Extensions
    ) throws(BoxCertificateError) -> Certificate {
        let begin = now - backdate
        do {
            return try Certificate(
                version: .v3, serialNumber: serialNumber(), publicKey: Certificate.PublicKey(key),
                notValidBefore: begin, notValidAfter: begin + end, issuer: issuer, subject: subject,
                signatureAlgorithm: .ecdsaWithSHA256, extensions: try extensions(),
                issuerPrivateKey: Certificate.PrivateKey(signer))
        } catch { throw .signing("\(error)") }
    }

    /// 16 random bytes; the first is 1 to 127, so that the number is positive and as long as said.
    private static func serialNumber() -> Certificate.SerialNumber {
        let rest = (0..<15).map { _ in UInt8.random(in: .min ... .max) }
        return Certificate.SerialNumber(bytes: [UInt8.random(in: 1...127)] + rest)
    }

    /// Common names have at most 64 characters (RFC 5280, ub-common-name); names that count are in
    /// the alternative names anyway.
    private static func subject(
        _ what: String, _ domain: String
    ) throws(BoxCertificateError) -> DistinguishedName {
        let text = what.isEmpty ? domain : "\(what) \(domain)"
        do {
            return try DistinguishedName { CommonName(String(text.prefix(64))) }
        } catch { throw .signing("\(error)") }
    }
}
