/// The parcels of one group, divided by what their bytes are like: alike ones next to each other compress best,
/// and what cannot be compressed does not disturb them.
struct StanzaColumns: Sendable {
    /// Kinds, distances and the tags of stanzas: nearly the same for each message of a conversation.
    var structure = ByteWriter()
    /// Times and versions.
    var numbers = ByteWriter()
    /// What people write, and names that no vocabulary holds.
    var texts = ByteWriter()
    /// Identifiers, keys and ciphertext as bytes.
    var blobs = ByteWriter()

    /// Everything but the blobs: length of the structure, length of the numbers, the three columns.
    var compressible: [UInt8] {
        var writer = ByteWriter(
            reserving: structure.bytes.count + numbers.bytes.count + texts.bytes.count + 8)
        writer.varint(UInt64(structure.bytes.count))
        writer.varint(UInt64(numbers.bytes.count))
        writer.append(structure.bytes)
        writer.append(numbers.bytes)
        writer.append(texts.bytes)
        return writer.bytes
    }
}

/// The same columns while they are read.
struct StanzaColumnsReader: Sendable {
    var structure: ByteReader
    var numbers: ByteReader
    var texts: ByteReader
    var blobs: ByteReader

    init(compressible: ArraySlice<UInt8>, blobs: ArraySlice<UInt8>) throws(ByteError) {
        var reader = ByteReader(compressible)
        let structureSize = try reader.count(atMost: compressible.count, "structure length")
        let numbersSize = try reader.count(atMost: compressible.count, "numbers length")
        structure = ByteReader(try reader.slice(structureSize))
        numbers = ByteReader(try reader.slice(numbersSize))
        texts = ByteReader(try reader.slice(reader.remaining))
        self.blobs = ByteReader(blobs)
    }

    /// A text up to its zero byte.
    mutating func text() throws(ByteError) -> ArraySlice<UInt8> { try texts.sliceToZero() }

    /// Every column has been read to its end.
    func expectEnd() throws(ByteError) {
        try structure.expectEnd()
        try numbers.expectEnd()
        try texts.expectEnd()
        try blobs.expectEnd()
    }
}
