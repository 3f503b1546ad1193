import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// The certificates of one box: a root, an intermediate that may sign this box's names only, and
/// the leaf that the listeners show.
///
/// Made by the box itself where no deployment provides them. The root's key lies in
/// `keys/root.key` then; a deployment keeps it elsewhere, because whoever has it can make
/// certificates for any box whose people trust the root. It is needed again only when the
/// intermediate has to be made anew: after 40 months, or when the box's names change.
///
/// The files, all in `certificates/`: `root.pem` (to hand to phones and browsers),
/// `intermediate.pem`, `intermediate.key`, `chain.pem` (leaf and intermediate), `leaf.key`.
package struct CertificateAuthority: Sendable {
    private let directory: BoxDirectory
    private let names: CertificateNames

    /// The certificates in `directory` for a box that is called `names` now.
    package init(_ directory: BoxDirectory, names: CertificateNames) {
        self.directory = directory
        self.names = names
    }

    package var rootFile: String { directory.certificate("root.pem") }
    package var intermediateFile: String { directory.certificate("intermediate.pem") }
    /// Leaf and intermediate: what a TLS server sends.
    package var chainFile: String { directory.certificate("chain.pem") }
    package var leafKeyFile: String { directory.certificate("leaf.key") }
    private var intermediateKeyFile: String { directory.certificate("intermediate.key") }
    private var rootKeyFile: String { directory.key("root") }

    /// What `refresh` had to do.
    package enum Refreshed: Sendable, Equatable {
        case nothing, leaf, intermediateAndLeaf
    }

    /// Makes all keys and certificates. `now`: milliseconds since 1970, not before the clock's
    /// floor. Existing keys are never overwritten.
    package static func create(
        in directory: BoxDirectory, names: CertificateNames, now: Int64
    ) throws(BoxCertificateError) -> CertificateAuthority {
        let authority = CertificateAuthority(directory, names: names)
        let rootKey = P256.Signing.PrivateKey()
        try authority.createKey(authority.rootKeyFile, rootKey)
        let root = try CertificateFactory.root(domain: names.domain, key: rootKey, now: Self.date(now))
        try authority.write([root], to: authority.rootFile)
        try authority.createKey(authority.intermediateKeyFile, P256.Signing.PrivateKey())
        try authority.createKey(authority.leafKeyFile, P256.Signing.PrivateKey())
        try authority.issueIntermediate(now: now)
        try authority.issueLeaf(now: now)
        return authority
    }

    /// Brings the chain up to date; to be called at start, daily and when the configuration changed.
    ///
    /// Throws `rootKeyAway` when the intermediate has to be made anew and cannot be.
    package func refresh(now: Int64) throws(BoxCertificateError) -> Refreshed {
        if let reason = intermediateIsDue(now: now) {
            guard access(rootKeyFile) else { throw .rootKeyAway(reason: reason) }
            try issueIntermediate(now: now)
            try issueLeaf(now: now)
            return .intermediateAndLeaf
        }
        guard needsRenewal(now: now) else { return .nothing }
        try issueLeaf(now: now)
        return .leaf
    }

    /// Whether the leaf is past two thirds of its life, or is not for the names, the key or the
    /// intermediate that the box has now, or cannot be read.
    package func needsRenewal(now: Int64) -> Bool {
        guard let chain = try? read(chainFile), let leaf = chain.first, chain.count == 2,
            let intermediate = try? read(intermediateFile).first, chain[1] == intermediate,
            let key = try? readKey(leafKeyFile),
            leaf.publicKey == Certificate.PublicKey(key.publicKey),
            let alternativeNames = try? leaf.extensions.subjectAlternativeNames
        else { return true }
        return alternativeNames != names.alternativeNames || Self.isDue(leaf, now: now)
    }

    /// When the leaf will be due, milliseconds since 1970; for `status`.
    package func renewalTime() throws(BoxCertificateError) -> Int64 {
        guard let leaf = try read(chainFile).first else { throw .malformed(path: chainFile, reason: "empty") }
        return Self.renewalTime(of: leaf)
    }

    /// When the certificate ends that a server shows out of this file, milliseconds since 1970.
    package func expiryTime(ofChainIn path: String) throws(BoxCertificateError) -> Int64 {
        Int64(try first(path).notValidAfter.timeIntervalSince1970 * 1000)
    }

    /// Makes a new leaf for the same key and puts it in place.
    ///
    /// The key stays: two files cannot be exchanged at once, and a crash in between would leave a
    /// certificate and a key that do not fit.
    package func issueLeaf(now: Int64) throws(BoxCertificateError) {
        let intermediate = try first(intermediateFile)
        let leaf = try CertificateFactory.leaf(
            names: names, key: try readKey(leafKeyFile).publicKey, intermediate: intermediate,
            intermediateKey: try readKey(intermediateKeyFile), now: Self.date(now))
        try write([leaf, intermediate], to: chainFile)
    }

    private func issueIntermediate(now: Int64) throws(BoxCertificateError) {
        let intermediate = try CertificateFactory.intermediate(
            names: names, key: try readKey(intermediateKeyFile).publicKey, root: try first(rootFile),
            rootKey: try readKey(rootKeyFile), now: Self.date(now))
        try write([intermediate], to: intermediateFile)
    }

    /// Why the intermediate does not do any more; nil if it does.
    private func intermediateIsDue(now: Int64) -> String? {
        guard let intermediate = try? read(intermediateFile).first,
            let constraints = try? intermediate.extensions.nameConstraints
        else { return "\(intermediateFile) cannot be read" }
        if constraints != names.constraints { return "the box has other names or addresses now" }
        return Self.isDue(intermediate, now: now) ? "the intermediate certificate is old" : nil
    }

    private static func isDue(_ certificate: Certificate, now: Int64) -> Bool {
        now >= renewalTime(of: certificate)
    }

    /// Two thirds of the lifetime after its begin.
    private static func renewalTime(of certificate: Certificate) -> Int64 {
        let begin = certificate.notValidBefore.timeIntervalSince1970
        let end = certificate.notValidAfter.timeIntervalSince1970
        return Int64((begin + (end - begin) * 2 / 3) * 1000)
    }

    private static func date(_ milliseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(milliseconds / 1000))
    }
}

extension CertificateAuthority {
    private func first(_ path: String) throws(BoxCertificateError) -> Certificate {
        guard let first = try read(path).first else { throw .malformed(path: path, reason: "empty") }
        return first
    }

    private func read(_ path: String) throws(BoxCertificateError) -> [Certificate] {
        let bytes: [UInt8]
        do {
            bytes = try DurableFile.read(path, limit: KeyFile.sizeLimit)
        } catch { throw .directory(.file(error)) }
        do {
            let documents = try PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self))
            return try documents.map { try Certificate(pemDocument: $0) }
        } catch { throw .malformed(path: path, reason: "\(error)") }
    }

    private func write(_ certificates: [Certificate], to path: String) throws(BoxCertificateError) {
        let text: String
        do {
            text = try certificates.map { try $0.serializeAsPEM().pemString + "\n" }.joined()
        } catch { throw .signing("\(error)") }
        do {
            try DurableFile.replace(path, with: Array(text.utf8), mode: 0o644)
        } catch { throw .directory(.file(error)) }
    }

    private func access(_ path: String) -> Bool { (try? KeyFile.read(path)) != nil }

    private func readKey(_ path: String) throws(BoxCertificateError) -> P256.Signing.PrivateKey {
        let bytes: [UInt8]
        do { bytes = try KeyFile.read(path) } catch { throw .directory(error) }
        do {
            return try P256.Signing.PrivateKey(pemRepresentation: String(decoding: bytes, as: UTF8.self))
        } catch { throw .malformed(path: path, reason: "no P-256 key in PEM") }
    }

    private func createKey(
        _ path: String, _ key: P256.Signing.PrivateKey
    ) throws(BoxCertificateError) {
        do {
            try KeyFile.create(path, Array((key.pemRepresentation + "\n").utf8))
        } catch { throw .directory(error) }
    }
}
