/// Why a key file could not be read.
package enum KeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
    case notAKeyFile
    case newerVersion(String)
    case missing(String)
    case damaged(line: Int)

    package var description: String {
        switch self {
        case .notAKeyFile:
            "this is not a key file of dakghar: it must begin with \"dakghar-keys 1\"; restore it from a backup"
        case .newerVersion(let version):
            "the key file has version \"\(version)\" and this program reads version 1: use the newer program"
        case .missing(let what):
            "the key file has no line \"\(what)\": restore it from a backup"
        case .damaged(let line):
            "line \(line) of the key file is damaged: restore the file from a backup"
        }
    }
}

/// The key file: a few lines of text, `dakghar-keys 1` first, then one field each.
extension BoxIdentity {
    private static let maxSealingKeys = 1_024

    /// The content of the key file. Secret.
    package func encode() -> [UInt8] {
        var lines = ["dakghar-keys 1", "name \(name)", "domain \(domain)"]
        lines.append("identity \(Base64URL.encode(seed))")
        lines.append("link \(Base64URL.encode(link.secret))")
        for key in sealing { lines.append("sealing \(key.createdMs) \(Base64URL.encode(key.pair.secret))") }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Reads what `encode` wrote.
    package static func decode(_ bytes: [UInt8]) throws(KeyFileError) -> BoxIdentity {
        var fields = KeyFileFields()
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, first.hasPrefix("dakghar-keys ") else { throw .notAKeyFile }
        guard first == "dakghar-keys 1" else { throw .newerVersion(String(first.dropFirst(13).prefix(16))) }
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            guard fields.take(line), fields.sealing.count <= maxSealingKeys else {
                throw .damaged(line: index + 1)
            }
        }
        return try fields.identity()
    }
}

private struct KeyFileFields {
    var name: String?
    var domain: String?
    var signing: SigningKey?
    var link: X25519KeyPair?
    var sealing: [SealingKey] = []

    /// False if the line is unknown, malformed or a repetition.
    mutating func take(_ line: Substring) -> Bool {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        switch (words.first, words.count) {
        case ("name", 2) where name == nil: name = String(words[1])
        case ("domain", 2) where domain == nil: domain = String(words[1])
        case ("identity", 2) where signing == nil:
            signing = Base64URL.decode(words[1]).flatMap { SigningKey(seed: $0) }
            return signing != nil
        case ("link", 2) where link == nil:
            link = Self.pair(words[1])
            return link != nil
        case ("sealing", 3):
            guard let createdMs = UInt64(words[1]), let pair = Self.pair(words[2]) else { return false }
            sealing.append(SealingKey(pair: pair, createdMs: createdMs))
        default: return false
        }
        return true
    }

    func identity() throws(KeyFileError) -> BoxIdentity {
        guard let name else { throw .missing("name") }
        guard let domain else { throw .missing("domain") }
        guard let signing else { throw .missing("identity") }
        guard let link else { throw .missing("link") }
        guard !sealing.isEmpty else { throw .missing("sealing") }
        do {
            return try BoxIdentity(name: name, domain: domain, signing: signing, link: link, sealing: sealing)
        } catch {
            throw .missing("name or domain in valid form")
        }
    }

    private static func pair(_ text: Substring) -> X25519KeyPair? {
        guard let secret = Base64URL.decode(text) else { return nil }
        return try? X25519KeyPair(secret: secret)
    }
}
