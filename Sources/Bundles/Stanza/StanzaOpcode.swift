/// The bytes of the structure column. Numbers from `firstWord` on are words of the vocabulary.
enum StanzaOpcode {
    /// The innermost open element ends.
    static let end: UInt8 = 0
    // 1 to 8: text, in the form of a `StanzaValue`.
    /// A start tag that the vocabulary does not hold: its name is in the texts.
    static let tag: UInt8 = 0x10
    /// The same with a namespace: name, then a value.
    static let tagWithNamespace: UInt8 = 0x11
    /// An attribute that the vocabulary does not hold: its name is in the texts, a value follows.
    static let attribute: UInt8 = 0x12
    /// Instead of a stanza: length varint, bytes in the texts.
    static let raw: UInt8 = 0x13
    /// A word of the vocabulary above the first page: its number less `firstPage` is the next byte.
    static let secondPage: UInt8 = 0x1f
    /// The first word of the vocabulary.
    static let firstWord: UInt8 = 0x20
    /// Words that one byte can name.
    static let firstPage = 224
    /// All words that one or two bytes can name.
    static let maxWords = firstPage + 256
}
