internal import Bundles
internal import Storage
internal import XMPP

/// One person in the directory of all offices.
struct DirectoryEntry: Equatable {
    let localpart: String
    /// Empty when nobody said one.
    let name: String
    /// Empty when there is none.
    let section: String

    /// A name, bytes; longer ones are cut.
    static let nameBytes = 128
    /// A section, bytes.
    static let sectionBytes = 100
}

/// A register of the directory: the people of one office whose local parts fall into it.
enum DirectoryShard {
    /// Registers of one office.
    static let count = 16
    /// Bytes of one.
    static let bytes = 44 << 10
    private static let version: UInt8 = 1

    static func number(of localpart: String) -> Int {
        Int(Sodium.blake2b(16, Array(localpart.utf8)).first ?? 0) % count
    }

    static func key(_ number: Int) -> String { "people/\(number)" }

    static func number(ofKey key: String) -> Int? {
        guard let number = Int(key.dropFirst("people/".count)), (0..<count).contains(number),
            self.key(number) == key
        else { return nil }
        return number
    }

    /// As many of the people as fit; empty for nobody.
    static func encode(_ entries: [DirectoryEntry]) -> [UInt8] {
        guard !entries.isEmpty else { return [] }
        var writer = ByteWriter()
        writer.byte(version)
        for entry in entries {
            guard writer.bytes.count + entry.localpart.utf8.count + entry.name.utf8.count < bytes - 256 else {
                break
            }
            for text in [entry.localpart, entry.name, entry.section] {
                writer.lengthPrefixed(Array(text.utf8))
            }
        }
        return writer.bytes
    }

    /// - Throws: `ByteError` when the bytes are not what `encode` gives.
    static func decode(_ bytes: [UInt8]) throws(ByteError) -> [DirectoryEntry] {
        guard !bytes.isEmpty else { return [] }
        var reader = ByteReader(bytes)
        guard try reader.byte() == version else { throw .trailing }
        var entries: [DirectoryEntry] = []
        while !reader.isAtEnd {
            let localpart = try reader.lengthPrefixed(atMost: JID.maximumPartBytes, "local part")
            let name = try reader.lengthPrefixed(atMost: DirectoryEntry.nameBytes, "name")
            let section = try reader.lengthPrefixed(atMost: DirectoryEntry.sectionBytes, "section")
            entries.append(
                DirectoryEntry(
                    localpart: String(decoding: localpart, as: UTF8.self),
                    name: String(decoding: name, as: UTF8.self),
                    section: String(decoding: section, as: UTF8.self)))
        }
        return entries
    }
}

extension DirectoryRow {
    /// What a contact card says of its owner: a name, and whether it is for everybody (its `CLASS`).
    init(account: Int64, card: Element) {
        let parts = card.child("N", NS.vcard)
        let full = ["GIVEN", "FAMILY"].compactMap { parts?.child($0, NS.vcard)?.text }.joined(separator: " ")
        let names = [card.child("FN", NS.vcard)?.text, full, card.child("NICKNAME", NS.vcard)?.text]
        let kind = card.child("CLASS", NS.vcard)
        self.init(
            account: account, name: names.compactMap { $0.map(Self.line) }.first { !$0.isEmpty } ?? "",
            isHidden: kind?.hasChild("PRIVATE", NS.vcard) == true
                || kind?.hasChild("CONFIDENTIAL", NS.vcard) == true)
    }

    /// One line without control characters, cut where it is too long.
    private static func line(_ text: String) -> String {
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            let clean = String(word.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
            let longer = line.isEmpty ? clean : "\(line) \(clean)"
            guard longer.utf8.count <= DirectoryEntry.nameBytes else { break }
            line = longer
        }
        return line
    }
}
