import XMPP

/// The client's first message (RFC 5802 §7): `n,a=authzid,n=user,r=nonce`.
struct SCRAMClientFirst {
    /// What the client says of channel binding.
    enum Binding: Equatable {
        /// `n`: it knows none.
        case notSupported
        /// `y`: it knows some, and believes that the server does not.
        case notOffered
        /// `p=type`: it uses this one.
        case used(String)
    }

    let binding: Binding
    /// Whom to act as; empty when it is the user.
    let authzid: String
    let username: String
    let nonce: String
    /// Everything up to and including the second comma.
    let header: [UInt8]
    /// Everything behind it: what the proof covers.
    let bare: [UInt8]

    init(_ message: [UInt8]) throws(SASLFailure) {
        let fields = try SCRAMFields(message)
        guard fields.count >= 4 else { throw .malformedRequest }
        binding = try Self.binding(fields[0])
        authzid = fields[1].isEmpty ? "" : try Self.name(fields.value("a", at: 1))
        username = try Self.name(fields.value("n", at: 2))
        nonce = try fields.value("r", at: 3)
        guard !nonce.isEmpty, nonce.utf8.count <= 256 else { throw .malformedRequest }
        let headerCount = fields[0].utf8.count + fields[1].utf8.count + 2
        header = Array(message[..<headerCount])
        bare = Array(message[headerCount...])
    }

    private static func binding(_ flag: String) throws(SASLFailure) -> Binding {
        switch flag {
        case "n": return .notSupported
        case "y": return .notOffered
        default:
            guard flag.utf8.starts(with: "p=".utf8), flag.utf8.count > 2 else { throw .malformedRequest }
            return .used(String(flag.dropFirst(2)))
        }
    }

    /// Decodes `=2C` and `=3D`, the only escapes there are, and prepares the name.
    private static func name(_ encoded: String) throws(SASLFailure) -> String {
        var bytes: [UInt8] = []
        var rest = encoded.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                bytes.append(byte)
                continue
            }
            switch String(rest.prefix(2)) {
            case "2C": bytes.append(UInt8(ascii: ","))
            case "3D": bytes.append(UInt8(ascii: "="))
            default: throw .malformedRequest
            }
            rest = rest.dropFirst(2)
        }
        guard let prepared = SASLPrep.prepare(String(decoding: bytes, as: UTF8.self)), !prepared.isEmpty
        else {
            throw .malformedRequest
        }
        return prepared
    }
}

/// The client's last message: `c=binding,r=nonce,p=proof`.
struct SCRAMClientFinal {
    let binding: [UInt8]
    let nonce: String
    let proof: [UInt8]
    let withoutProof: [UInt8]

    init(_ message: [UInt8]) throws(SASLFailure) {
        let fields = try SCRAMFields(message)
        guard fields.count >= 3 else { throw .malformedRequest }
        binding = try Self.bytes(fields.value("c", at: 0))
        nonce = try fields.value("r", at: 1)
        // Optional extensions may stand between; none is known, and they are to be ignored.
        proof = try Self.bytes(fields.value("p", at: fields.count - 1))
        let proofField = fields[fields.count - 1].utf8.count
        withoutProof = Array(message.dropLast(proofField + 1))
    }

    private static func bytes(_ encoded: String) throws(SASLFailure) -> [UInt8] {
        do {
            return try Base64.decode(encoded)
        } catch {
            throw .malformedRequest
        }
    }
}

/// A SCRAM message split at its commas.
struct SCRAMFields {
    private let fields: [String]

    init(_ message: [UInt8]) throws(SASLFailure) {
        guard let text = String(validating: message, as: UTF8.self), !message.contains(0) else {
            throw .malformedRequest
        }
        fields = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
    }

    var count: Int { fields.count }

    subscript(index: Int) -> String { fields[index] }

    /// The value of the field that must stand at `index` under this name. A mandatory extension, `m=`,
    /// always stands where another field must, so that it is refused here (RFC 5802 §5.1).
    func value(_ name: Unicode.Scalar, at index: Int) throws(SASLFailure) -> String {
        let field = fields[index].utf8
        guard field.first == UInt8(ascii: name), field.dropFirst().first == UInt8(ascii: "=") else {
            throw .malformedRequest
        }
        return String(Substring(field.dropFirst(2)))
    }
}
