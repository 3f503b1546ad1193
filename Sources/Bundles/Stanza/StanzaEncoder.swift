/// Writes the stanzas of one group into its columns. What repeats itself within the group is written once, so
/// the encoder remembers, and a decoder that reads the same group remembers the same.
struct StanzaEncoder {
    /// Values of attributes that were written in this group: addresses, device ids.
    private var known: [[UInt8]: Int] = [:]
    /// Values of this stanza in their order.
    private var written: [ArraySlice<UInt8>] = []

    /// A stanza, or any other bytes, which then travel as they are.
    mutating func encode(_ stanza: [UInt8], into columns: inout StanzaColumns) {
        guard let pieces = StanzaScanner.pieces(of: stanza) else {
            columns.structure.byte(StanzaOpcode.raw)
            columns.structure.varint(UInt64(stanza.count))
            columns.texts.append(stanza)
            return
        }
        written = []
        for piece in pieces { encode(piece, into: &columns) }
    }

    private mutating func encode(_ piece: StanzaScanner.Piece, into columns: inout StanzaColumns) {
        switch piece {
        case .end: columns.structure.byte(StanzaOpcode.end)
        case .text(let text): encode(value: text, isKept: false, into: &columns)
        case .tag(let name, let namespace):
            if write(.tag(Array(name), namespace: namespace.map { Array($0) }), into: &columns) { return }
            columns.structure.byte(namespace == nil ? StanzaOpcode.tag : StanzaOpcode.tagWithNamespace)
            columns.texts.append(name)
            columns.texts.byte(0)
            if let namespace { encode(value: namespace, isKept: true, into: &columns) }
        case .attribute(let name, let value):
            if write(.pair(Array(name), value: Array(value)), into: &columns) { return }
            if !write(.attribute(Array(name)), into: &columns) {
                columns.structure.byte(StanzaOpcode.attribute)
                columns.texts.append(name)
                columns.texts.byte(0)
            }
            encode(value: value, isKept: Self.isKept(name), into: &columns)
        }
    }

    /// Whether values of this attribute are likely to come again. Encoder and decoder agree on it.
    static func isKept(_ name: ArraySlice<UInt8>) -> Bool {
        !name.elementsEqual("id".utf8) && !name.elementsEqual("stamp".utf8)
    }

    private func write(_ word: StanzaVocabulary.Word, into columns: inout StanzaColumns) -> Bool {
        guard let number = StanzaVocabulary.shared.number(of: word) else { return false }
        if number < StanzaOpcode.firstPage {
            columns.structure.byte(StanzaOpcode.firstWord + UInt8(number))
        } else {
            columns.structure.byte(StanzaOpcode.secondPage)
            columns.structure.byte(UInt8(number - StanzaOpcode.firstPage))
        }
        return true
    }

    private mutating func encode(value: ArraySlice<UInt8>, isKept: Bool, into columns: inout StanzaColumns) {
        let isReferable = value.count >= StanzaValue.minReferred
        if isReferable, let earlier = written.firstIndex(of: value) {
            columns.structure.byte(StanzaValue.repeated.rawValue)
            columns.structure.byte(UInt8(earlier))
            return
        }
        if isReferable, written.count < StanzaValue.maxReferred { written.append(value) }
        if isKept, isReferable, value.count <= StanzaValue.maxKnownBytes {
            if let number = known[Array(value)] {
                columns.structure.byte(StanzaValue.known.rawValue)
                columns.structure.byte(UInt8(number))
                return
            }
            if known.count < StanzaValue.maxReferred { known[Array(value)] = known.count }
        }
        let (form, bytes) = StanzaValue.form(of: value)
        columns.structure.byte(form.rawValue)
        switch form {
        case .text, .repeated, .known:
            columns.texts.append(value)
            columns.texts.byte(0)
        case .uuid, .decimal: columns.blobs.append(bytes)
        case .base64, .base64URL, .hexadecimal:
            columns.structure.varint(UInt64(bytes.count))
            columns.blobs.append(bytes)
        }
    }
}
