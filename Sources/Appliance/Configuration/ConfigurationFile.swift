/// The configuration file as text: reading, writing, and edits of the peer list that leave every
/// other byte as it was. The caller checks what comes out with `Configuration(_:file:)`.
package enum ConfigurationFile {
    /// The file's text; it has to be UTF-8 and at most 1 MiB.
    package static func read(_ path: String) throws(ConfigurationError) -> String {
        let bytes: [UInt8]
        do {
            bytes = try DurableFile.read(path, limit: ConfigurationDocument.sizeLimit)
        } catch { throw ConfigurationError(file: path, reason: error.description) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: path, reason: "not UTF-8 text")
        }
        return text
    }

    /// Replaces the file durably and at once, mode 0600.
    package static func write(_ text: String, to path: String) throws(FileError) {
        try DurableFile.replace(path, with: Array(text.utf8), mode: 0o600)
    }

    /// The name in a card (`dakghar:1:NAME:…`); nil if it has not the shape of one.
    package static func peerName(ofCard card: String) -> String? {
        let fields = card.split(separator: ":", omittingEmptySubsequences: false)
        guard card.utf8.count <= 8192, fields.count >= 7, fields[0] == "dakghar", fields[1] == "1" else {
            return nil
        }
        let name = String(fields[2])
        return DomainText.isBoxName(name) && DomainText.isDomain(String(fields[3])) ? name : nil
    }

    /// Appends a `[[peers]]` at the end. Throws if the name is there already.
    package static func addingPeer(
        _ text: String, card: String, upstream: Bool, direct: Bool, file: String = "dakghar.toml"
    ) throws(ConfigurationError) -> String {
        guard let name = peerName(ofCard: card) else {
            throw ConfigurationError(file: file, reason: "what was to be added is no card")
        }
        let document = try ConfigurationDocument(text, file: file)
        if let index = index(of: name, in: document) {
            throw document.error(at: "peers[\(index)].card", "the peer '\(name)' is in the list already")
        }
        var result = text
        if !result.isEmpty, result.utf8.last != 0x0A { result += "\n" }
        result += "\n[[peers]]\ncard = \(quoted(card))\n"
        if upstream { result += "upstream = true\n" }
        if !direct { result += "direct = false\n" }
        return result
    }

    /// Puts another card in the place of the one of `name`; nothing else of the entry changes.
    package static func replacingPeer(
        _ text: String, name: String, newCard: String, file: String = "dakghar.toml"
    ) throws(ConfigurationError) -> String {
        let document = try ConfigurationDocument(text, file: file)
        let index = try existing(name, in: document)
        guard let range = document.outline.values["peers[\(index)].card"] else {
            throw document.error(at: "peers[\(index)]", byHand)
        }
        return splice(text, range, Array(quoted(newCard).utf8))
    }

    /// Takes the whole `[[peers]]` of `name` out, with the empty line before it, or at the top of the
    /// file the one after it. Comments around it stay.
    package static func removingPeer(
        _ text: String, name: String, file: String = "dakghar.toml"
    ) throws(ConfigurationError) -> String {
        let document = try ConfigurationDocument(text, file: file)
        let index = try existing(name, in: document)
        let path = "peers[\(index)]"
        guard let section = document.outline.sections.first(where: { $0.path == path }) else {
            throw document.error(at: path, byHand)
        }
        let bytes = Array(text.utf8)
        var range = section.bytes
        let before = bytes[..<range.lowerBound]
        if before.hasSuffix([0x0A, 0x0A]) {
            range = range.lowerBound - 1..<range.upperBound
        } else if before.isEmpty, bytes[range.upperBound...].first == 0x0A {
            range = range.lowerBound..<range.upperBound + 1
        }
        return splice(text, range, [])
    }

    /// A TOML basic string.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static let byHand =
        "this peer is not written as a [[peers]] section; edit the file by hand"

    private static func existing(
        _ name: String, in document: ConfigurationDocument
    ) throws(ConfigurationError) -> Int {
        if let index = index(of: name, in: document) { return index }
        throw ConfigurationError(file: document.file, reason: "no peer '\(name)' in the list")
    }

    private static func index(of name: String, in document: ConfigurationDocument) -> Int? {
        guard case .array(let peers) = document.root["peers"] else { return nil }
        return peers.firstIndex { peer in
            guard case .table(let table) = peer, case .string(let card) = table["card"] else {
                return false
            }
            return peerName(ofCard: card) == name
        }
    }

    private static func splice(_ text: String, _ range: Range<Int>, _ bytes: [UInt8]) -> String {
        var all = Array(text.utf8)
        all.replaceSubrange(range, with: bytes)
        return String(decoding: all, as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ bytes: [UInt8]) -> Bool { suffix(bytes.count).elementsEqual(bytes) }
}
