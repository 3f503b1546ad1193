/// Reads the stanzas of one group out of its columns, the counterpart of `StanzaEncoder`.
struct StanzaDecoder {
    private var known: [[UInt8]] = []
    private var written: [[UInt8]] = []
    /// Bytes that the rest of the group may still become.
    private(set) var budget: Int

    init(limit: Int) { budget = limit }

    /// One stanza, or what travelled as it was.
    mutating func decode(from columns: inout StanzaColumnsReader) throws(ByteError) -> [UInt8] {
        written = []
        var xml: [UInt8] = []
        var open: [[UInt8]] = []
        var isInTag = false
        repeat {
            let opcode = try columns.structure.byte()
            switch opcode {
            case StanzaOpcode.raw where open.isEmpty:
                let count = try columns.structure.count(atMost: budget, "raw stanza")
                budget -= count
                return try columns.texts.take(count)
            case StanzaOpcode.end:
                guard let name = open.popLast() else { throw .badValue("end of an element") }
                xml += isInTag ? Self.emptyEnd : Self.endStart + name + Self.tagEnd
                isInTag = false
            case StanzaOpcode.tag, StanzaOpcode.tagWithNamespace:
                let name = Array(try columns.text())
                let namespace =
                    opcode == StanzaOpcode.tag ? nil : try value(isKept: true, &columns)
                try begin(name, namespace, &xml, &open, &isInTag)
            case StanzaOpcode.attribute:
                let name = try columns.text()
                try attribute(name, try value(isKept: StanzaEncoder.isKept(name), &columns), isInTag, &xml)
            case StanzaOpcode.secondPage, StanzaOpcode.firstWord...:
                switch try word(opcode, &columns) {
                case .tag(let name, let namespace): try begin(name, namespace, &xml, &open, &isInTag)
                case .pair(let name, let value): try attribute(name[...], value, isInTag, &xml)
                case .attribute(let name):
                    let value = try value(isKept: StanzaEncoder.isKept(name[...]), &columns)
                    try attribute(name[...], value, isInTag, &xml)
                }
            default:
                guard !open.isEmpty else { throw .badValue("text outside of an element") }
                if isInTag { xml += Self.tagEnd }
                isInTag = false
                xml += try value(opcode, isKept: false, &columns)
            }
            guard xml.count <= budget else { throw .overLimit("stanza") }
        } while !open.isEmpty
        budget -= xml.count
        return xml
    }

    private static let tagEnd = Array(">".utf8)
    private static let emptyEnd = Array("/>".utf8)
    private static let endStart = Array("</".utf8)

    private func word(
        _ opcode: UInt8, _ columns: inout StanzaColumnsReader
    ) throws(ByteError) -> StanzaVocabulary.Word {
        let number =
            opcode == StanzaOpcode.secondPage
            ? StanzaOpcode.firstPage + Int(try columns.structure.byte())
            : Int(opcode - StanzaOpcode.firstWord)
        let words = StanzaVocabulary.shared.words
        guard number < words.count else { throw .badValue("word of the vocabulary") }
        return words[number]
    }

    private func begin(
        _ name: [UInt8], _ namespace: [UInt8]?, _ xml: inout [UInt8], _ open: inout [[UInt8]],
        _ isInTag: inout Bool
    ) throws(ByteError) {
        guard open.count <= StanzaScanner.maxDepth else { throw .overLimit("depth of a stanza") }
        if isInTag { xml += Self.tagEnd }
        xml.append(UInt8(ascii: "<"))
        xml += name
        if let namespace {
            xml += Array(" xmlns='".utf8)
            xml += namespace
            xml.append(UInt8(ascii: "'"))
        }
        open.append(name)
        isInTag = true
    }

    private func attribute(
        _ name: ArraySlice<UInt8>, _ value: [UInt8], _ isInTag: Bool, _ xml: inout [UInt8]
    ) throws(ByteError) {
        guard isInTag else { throw .badValue("attribute outside of a tag") }
        xml.append(UInt8(ascii: " "))
        xml += name
        xml += Array("='".utf8)
        xml += value
        xml.append(UInt8(ascii: "'"))
    }

    private mutating func value(
        isKept: Bool, _ columns: inout StanzaColumnsReader
    ) throws(ByteError) -> [UInt8] {
        try value(try columns.structure.byte(), isKept: isKept, &columns)
    }

    private mutating func value(
        _ form: UInt8, isKept: Bool, _ columns: inout StanzaColumnsReader
    ) throws(ByteError) -> [UInt8] {
        guard let form = StanzaValue(rawValue: form) else { throw .badValue("form of a value") }
        let value = try characters(form, &columns)
        guard form != .repeated, value.count >= StanzaValue.minReferred else { return value }
        if written.count < StanzaValue.maxReferred { written.append(value) }
        if isKept, form != .known, value.count <= StanzaValue.maxKnownBytes,
            known.count < StanzaValue.maxReferred
        {
            known.append(value)
        }
        return value
    }

    private func characters(
        _ form: StanzaValue, _ columns: inout StanzaColumnsReader
    ) throws(ByteError) -> [UInt8] {
        switch form {
        case .text: return Array(try columns.text())
        case .repeated: return try entry(of: written, try columns.structure.byte())
        case .known: return try entry(of: known, try columns.structure.byte())
        case .uuid: return StanzaValue.uuid(try columns.blobs.take(16))
        case .decimal: return Array(String(try columns.blobs.varint()).utf8)
        case .base64: return StanzaValue.base64(try blob(&columns))
        case .base64URL: return StanzaValue.base64URL(try blob(&columns))
        case .hexadecimal: return StanzaValue.hexadecimal(try blob(&columns)[...])
        }
    }

    private func blob(_ columns: inout StanzaColumnsReader) throws(ByteError) -> [UInt8] {
        let count = try columns.structure.count(atMost: columns.blobs.remaining, "bytes of a value")
        return try columns.blobs.take(count)
    }

    private func entry(of table: [[UInt8]], _ number: UInt8) throws(ByteError) -> [UInt8] {
        guard Int(number) < table.count else { throw .badValue("reference to a value") }
        return table[Int(number)]
    }
}
