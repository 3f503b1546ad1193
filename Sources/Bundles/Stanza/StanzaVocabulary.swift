/// What the compact form of a stanza writes as one or two bytes instead of as text: start tags with their
/// namespace, attribute names, attributes with their usual value (docs/architecture.md, "Compact stanzas").
///
/// The position of a word is its number on the wire: words are only ever added at the end.
struct StanzaVocabulary: Sendable {
    enum Word: Hashable, Sendable {
        /// `<name`, and the namespace where it is declared.
        case tag([UInt8], namespace: [UInt8]?)
        /// The name of an attribute; its value follows.
        case attribute([UInt8])
        /// An attribute with this value.
        case pair([UInt8], value: [UInt8])
    }

    static let shared = StanzaVocabulary()

    let words: [Word]
    private let numbers: [Word: Int]

    private init() {
        words = StanzaWords.all.split { $0 == "|" || $0.isNewline }.map(Self.word)
        numbers = Dictionary(words.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    func number(of word: Word) -> Int? { numbers[word] }

    /// `<name`, `<name namespace`, `name=` or `name=value`.
    private static func word(_ line: Substring) -> Word {
        if line.hasPrefix("<") {
            let parts = line.dropFirst().split(separator: " ", maxSplits: 1)
            return .tag(
                Array((parts.first ?? "").utf8), namespace: parts.count > 1 ? Array(parts[1].utf8) : nil)
        }
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = Array((parts.first ?? "").utf8)
        guard parts.count > 1, !parts[1].isEmpty else { return .attribute(name) }
        return .pair(name, value: Array(parts[1].utf8))
    }
}
