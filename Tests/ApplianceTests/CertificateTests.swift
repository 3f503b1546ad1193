import Crypto
import FoundationEssentials
import SwiftASN1
import Testing
@_spi(FixedExpiryValidationTime) import X509

@testable import Appliance

private let day: Int64 = 86_400_000
private let now: Int64 = 1_800_000_000_000
private let names = CertificateNames(
    domain: "finance.gov.test", filesHost: "files.gov.test",
    hosts: ["10.20.0.4", "fd00::4", "box.lan", "10.20.0.4"])

private func certificates(_ path: String) throws -> [Certificate] {
    let text = String(decoding: try DurableFile.read(path, limit: 100_000), as: UTF8.self)
    return try PEMDocument.parseMultiple(pemString: text).map { try Certificate(pemDocument: $0) }
}

private func isValid(_ leaf: Certificate, _ intermediates: [Certificate], root: Certificate, at time: Int64)
    async
    -> Bool
{
    var verifier = Verifier(rootCertificates: CertificateStore([root])) {
        RFC5280Policy(fixedExpiryValidationTime: Date(timeIntervalSince1970: Double(time / 1000)))
    }
    let result = await verifier.validate(leaf: leaf, intermediates: CertificateStore(intermediates))
    if case .validCertificate = result { return true }
    return false
}

@Suite("The box's certificates")
struct CertificateTests {
    @Test("the chain is valid from a day ago until the leaf ends, and not beyond")
    func chain() async throws {
        let box = try TemporaryBox()
        try box.directory.create()
        let authority = try CertificateAuthority.create(in: box.directory, names: names, now: now)
        let root = try #require(try certificates(authority.rootFile).first)
        let chain = try certificates(authority.chainFile)
        #expect(chain.count == 2)
        for time in [now - day, now, now + 395 * day] {
            #expect(await isValid(chain[0], [chain[1]], root: root, at: time))
        }
        for time in [now - 2 * day, now + 398 * day] {
            #expect(await !isValid(chain[0], [chain[1]], root: root, at: time))
        }
        #expect(await !isValid(chain[0], [], root: root, at: now))
    }

    @Test("each certificate has the life, the limits and the names of the design")
    func properties() throws {
        let box = try TemporaryBox()
        try box.directory.create()
        let authority = try CertificateAuthority.create(in: box.directory, names: names, now: now)
        let root = try #require(try certificates(authority.rootFile).first)
        let chain = try certificates(authority.chainFile)
        let (leaf, intermediate) = (chain[0], chain[1])
        let days = { (c: Certificate) in c.notValidAfter.timeIntervalSince(c.notValidBefore) / 86_400 }
        #expect(days(root) == 3650)
        #expect(days(intermediate) == 1825)
        #expect(days(leaf) <= 398)
        #expect(leaf.notValidBefore.timeIntervalSince1970 == Double((now - day) / 1000))
        #expect(try root.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 1))
        #expect(try intermediate.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        #expect(intermediate.extensions[oid: .X509ExtensionID.nameConstraints]?.critical == true)
        #expect(intermediate.extensions[oid: .X509ExtensionID.basicConstraints]?.critical == true)
        let constraints = try #require(try intermediate.extensions.nameConstraints)
        #expect(Array(constraints.permittedDNSDomains) == ["finance.gov.test", "files.gov.test", "box.lan"])
        #expect(
            constraints.permittedIPRanges.first.map { Array($0.bytes) } == [10, 20, 0, 4, 255, 255, 255, 255])
        #expect(constraints.permittedIPRanges.count == 2)
        let alternatives = try #require(try leaf.extensions.subjectAlternativeNames)
        let dns = alternatives.compactMap { if case .dnsName(let name) = $0 { name } else { nil } }
        #expect(dns == ["finance.gov.test", "rooms.finance.gov.test", "files.gov.test", "box.lan"])
        #expect(alternatives.count == 6)
        #expect(try leaf.extensions.extendedKeyUsage?.contains(.serverAuth) == true)
    }

    @Test("an intermediate cannot speak for another box, nor for an address it has not")
    func constraints() async throws {
        let (rootKey, key) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
        let date = Date(timeIntervalSince1970: Double(now / 1000))
        let root = try CertificateFactory.root(domain: "finance.gov.test", key: rootKey, now: date)
        let own = CertificateNames(domain: "finance.gov.test", filesHost: nil, hosts: [])
        let intermediate = try CertificateFactory.intermediate(
            names: own, key: key.publicKey, root: root, rootKey: rootKey, now: date)
        let cases: [(String, [String], Bool)] = [
            ("finance.gov.test", [], true), ("sub.finance.gov.test", [], true),
            ("interior.gov.test", [], false), ("finance.gov.test", ["10.0.0.1"], false),
            ("finance.gov.test", ["fd00::1"], false), ("finance.gov.test", ["bank.test"], false),
        ]
        for (domain, hosts, allowed) in cases {
            let leaf = try CertificateFactory.leaf(
                names: CertificateNames(domain: domain, filesHost: nil, hosts: hosts), key: key.publicKey,
                intermediate: intermediate, intermediateKey: key, now: date)
            #expect(await isValid(leaf, [intermediate], root: root, at: now) == allowed, "\(domain) \(hosts)")
        }
    }

    @Test("the leaf is renewed at two thirds of its life, without the root's key, for the same key")
    func renewal() async throws {
        let box = try TemporaryBox()
        try box.directory.create()
        let authority = try CertificateAuthority.create(in: box.directory, names: names, now: now)
        let before = try certificates(authority.chainFile)
        let due = try authority.renewalTime()
        #expect((262 * day...264 * day).contains(due - now))
        let end = try authority.expiryTime(ofChainIn: authority.chainFile)
        #expect((395 * day...397 * day).contains(end - now))
        #expect(!authority.needsRenewal(now: due - 1000))
        #expect(authority.needsRenewal(now: due + 1000))
        #expect(try authority.refresh(now: due - 1000) == .nothing)
        try remove(box.directory.key("root"))
        #expect(try authority.refresh(now: due + 1000) == .leaf)
        let after = try certificates(authority.chainFile)
        #expect(after[0].serialNumber != before[0].serialNumber)
        #expect(after[0].publicKey == before[0].publicKey)
        #expect(after[1] == before[1])
        let root = try #require(try certificates(authority.rootFile).first)
        #expect(await isValid(after[0], [after[1]], root: root, at: now + 600 * day))
    }

    @Test("another address makes another intermediate, which needs the root's key")
    func otherNames() throws {
        let box = try TemporaryBox()
        try box.directory.create()
        _ = try CertificateAuthority.create(in: box.directory, names: names, now: now)
        let moved = CertificateAuthority(
            box.directory,
            names: CertificateNames(domain: "finance.gov.test", filesHost: nil, hosts: ["10.9.9.9"]))
        #expect(moved.needsRenewal(now: now))
        #expect(try moved.refresh(now: now) == .intermediateAndLeaf)
        #expect(try moved.refresh(now: now) == .nothing)
        try remove(box.directory.key("root"))
        let again = CertificateAuthority(box.directory, names: names)
        #expect(throws: BoxCertificateError.rootKeyAway(reason: "the box has other names or addresses now")) {
            try again.refresh(now: now)
        }
        #expect(throws: BoxCertificateError.self) { try moved.refresh(now: now + 1300 * day) }
    }

    @Test("a lost or damaged chain is made anew")
    func damaged() throws {
        let box = try TemporaryBox()
        try box.directory.create()
        let authority = try CertificateAuthority.create(in: box.directory, names: names, now: now)
        try DurableFile.replace(authority.chainFile, with: Array("-----BEGIN CERT".utf8))
        #expect(try authority.refresh(now: now) == .leaf)
        #expect(try certificates(authority.chainFile).count == 2)
    }

    @Test("private keys are closed to others and existing ones are not overwritten")
    func keys() throws {
        let box = try TemporaryBox()
        try box.directory.create()
        let authority = try CertificateAuthority.create(in: box.directory, names: names, now: now)
        for path in [
            authority.leafKeyFile, box.directory.key("root"), box.directory.certificate("intermediate.key"),
        ] { #expect(TemporaryBox.mode(path) == 0o400) }
        #expect(throws: BoxCertificateError.self) {
            try CertificateAuthority.create(in: box.directory, names: names, now: now)
        }
    }

    @Test("a long domain still gets a certificate")
    func longDomain() throws {
        let domain = String(repeating: "a", count: 60) + "." + String(repeating: "b", count: 60) + ".test"
        let date = Date(timeIntervalSince1970: 1_800_000_000)
        #expect(throws: Never.self) {
            try CertificateFactory.root(domain: domain, key: P256.Signing.PrivateKey(), now: date)
        }
    }

    private func remove(_ path: String) throws {
        try DurableFile.replace(path, with: [], mode: 0o000)
        try DurableFile.replace(path, with: [], mode: 0o444)
    }
}

@Suite("tls-server-end-point")
struct ServerEndPointTests {
    private func certificate(_ key: Certificate.PrivateKey) throws -> [UInt8] {
        let name = try DistinguishedName { CommonName("test") }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(bytes: [1]), publicKey: key.publicKey,
            notValidBefore: Date(timeIntervalSince1970: 0),
            notValidAfter: Date(timeIntervalSince1970: 1_000_000),
            issuer: name, subject: name, extensions: .init(), issuerPrivateKey: key)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }

    @Test("the hash is the one of the certificate's signature")
    func hashes() throws {
        let p256 = try certificate(.init(P256.Signing.PrivateKey()))
        #expect(tlsServerEndPoint(der: p256) == Array(SHA256.hash(data: p256)))
        let p384 = try certificate(.init(P384.Signing.PrivateKey()))
        #expect(tlsServerEndPoint(der: p384) == Array(SHA384.hash(data: p384)))
        let p521 = try certificate(.init(P521.Signing.PrivateKey()))
        #expect(tlsServerEndPoint(der: p521) == Array(SHA512.hash(data: p521)))
    }

    @Test("there is none for Ed25519 and for what is no certificate")
    func none() throws {
        #expect(tlsServerEndPoint(der: try certificate(.init(Curve25519.Signing.PrivateKey()))) == nil)
        #expect(tlsServerEndPoint(der: []) == nil)
        #expect(tlsServerEndPoint(der: [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]) == nil)
    }

    /// A Certificate with an empty body and the given AlgorithmIdentifier.
    private func shell(_ algorithm: [UInt8]) -> [UInt8] {
        let content = [0x30, 0x00] + algorithm + [0x03, 0x02, 0x00, 0x00]
        return [0x30, UInt8(content.count)] + content
    }

    @Test("SHA-1 becomes SHA-256, and RSASSA-PSS names its hash in its parameters")
    func otherAlgorithms() {
        let sha1 = shell([0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 5, 5, 0])
        #expect(tlsServerEndPoint(der: sha1) == Array(SHA256.hash(data: sha1)))
        let sha384: [UInt8] = [0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0]
        let parameters = [0x30, 17, 0xA0, 15] + sha384
        let pss: [UInt8] = [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10]
        let der = shell([0x30, UInt8(pss.count + parameters.count)] + pss + parameters)
        #expect(tlsServerEndPoint(der: der) == Array(SHA384.hash(data: der)))
        let bare = shell([0x30, 13] + pss + [0x30, 0])
        #expect(tlsServerEndPoint(der: bare) == Array(SHA256.hash(data: bare)))
    }
}
