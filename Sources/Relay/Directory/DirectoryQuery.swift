internal import XMPP

/// What somebody looks for in the directory; what is empty is not asked for.
struct DirectoryQuery {
    /// Words, all of which are in the name or in the address.
    private var words: [String] = []
    /// Part of the section.
    private var section = ""
    /// A box's name or domain.
    private(set) var office = ""
    private var isImpossible = false

    /// Words of one query.
    static let wordLimit = 16

    /// Takes a field of a form, or of the older kind of search.
    mutating func add(_ field: String, _ value: String) {
        let value = value.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
        guard !value.isEmpty else { return }
        switch field {
        case "nick", "first", "last", "name", "search":
            words += value.split(separator: " ").prefix(Self.wordLimit - words.count).map(String.init)
        case "x-section": section = value
        case "x-office": office = value
        case "email": isImpossible = true
        default: break
        }
    }

    func matches(_ entry: DirectoryEntry) -> Bool {
        guard !isImpossible else { return false }
        if !section.isEmpty, !entry.section.lowercased().contains(section) { return false }
        guard !words.isEmpty else { return true }
        let name = entry.name.lowercased()
        return words.allSatisfy { name.contains($0) || entry.localpart.contains($0) }
    }
}
