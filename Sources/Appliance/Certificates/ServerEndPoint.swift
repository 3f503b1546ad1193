import Crypto
import SwiftASN1

/// The channel binding `tls-server-end-point` (RFC 5929 §4.1) of a server certificate in DER: its
/// hash by the hash function of its signature, SHA-256 where that is MD5 or SHA-1.
///
/// Nil where RFC 5929 defines none (Ed25519, or an unknown algorithm) and for bytes that are no
/// certificate: offer no `-PLUS` mechanism by this binding then.
package func tlsServerEndPoint(der: [UInt8]) -> [UInt8]? {
    guard let algorithm = try? SignatureAlgorithmOfCertificate(derEncoded: der) else { return nil }
    switch algorithm.hash {
    case .sha256: return Array(SHA256.hash(data: der))
    case .sha384: return Array(SHA384.hash(data: der))
    case .sha512: return Array(SHA512.hash(data: der))
    case nil: return nil
    }
}

/// The `signatureAlgorithm` of a Certificate (RFC 5280 §4.1.1.2), whatever else is in it.
private struct SignatureAlgorithmOfCertificate: DERParseable {
    enum Hash { case sha256, sha384, sha512 }

    let hash: Hash?

    init(derEncoded node: ASN1Node) throws {
        hash = try DER.sequence(node, identifier: .sequence) { nodes in
            _ = nodes.next()  // tbsCertificate
            guard let algorithm = nodes.next() else { return nil }
            let found = try DER.sequence(algorithm, identifier: .sequence) { nodes in
                let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
                let parameters = nodes.next()
                return identifier == Self.rsaPSS
                    ? try parameters.flatMap(Self.hashOfPSS) : Self.hashes[identifier]
            }
            _ = nodes.next()  // signatureValue
            return found
        }
    }

    /// RSASSA-PSS-params (RFC 4055 §3.1): [0] hashAlgorithm, SHA-1 where absent.
    private static func hashOfPSS(_ parameters: ASN1Node) throws -> Hash? {
        try DER.sequence(parameters, identifier: .sequence) { nodes in
            let named = try DER.optionalExplicitlyTagged(
                &nodes, tagNumber: 0, tagClass: .contextSpecific
            ) { node in
                try DER.sequence(node, identifier: .sequence) { nodes in
                    let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
                    _ = nodes.next()
                    return identifier
                }
            }
            while nodes.next() != nil {}
            return named.map { hashes[$0] } ?? .sha256
        }
    }

    private static let rsaPSS: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 1, 10]

    private static let hashes: [ASN1ObjectIdentifier: Hash] = [
        [1, 2, 840, 113549, 1, 1, 4]: .sha256,  // MD5 with RSA
        [1, 2, 840, 113549, 1, 1, 5]: .sha256,  // SHA-1 with RSA
        [1, 2, 840, 113549, 1, 1, 11]: .sha256,
        [1, 2, 840, 113549, 1, 1, 12]: .sha384,
        [1, 2, 840, 113549, 1, 1, 13]: .sha512,
        [1, 2, 840, 10045, 4, 1]: .sha256,  // SHA-1 with ECDSA
        [1, 2, 840, 10045, 4, 3, 2]: .sha256,
        [1, 2, 840, 10045, 4, 3, 3]: .sha384,
        [1, 2, 840, 10045, 4, 3, 4]: .sha512,
        [1, 3, 14, 3, 2, 26]: .sha256,  // SHA-1 by itself
        [2, 16, 840, 1, 101, 3, 4, 2, 1]: .sha256,
        [2, 16, 840, 1, 101, 3, 4, 2, 2]: .sha384,
        [2, 16, 840, 1, 101, 3, 4, 2, 3]: .sha512,
    ]
}
