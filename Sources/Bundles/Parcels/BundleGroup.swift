/// One sending person's parcels in a bundle: form and dictionary 1 byte, length varint, body.
enum BundleGroup {
    /// The upper two bits of the first byte; the lower six are the id of the dictionary, 0 for none.
    private enum Form: UInt8 {
        /// Parcels one after the other.
        case plain = 0
        /// Columns: length of the blobs varint, blobs, then the rest of the columns, not compressed.
        case columns = 0x40
        /// The same, the rest being the only block of a zstd frame.
        case oneBlock = 0x80
        /// The same, the rest being a zstd frame of several blocks.
        case blocks = 0xc0
    }

    private static let dictionary1: UInt8 = 1
    private static let dictionaryBits: UInt8 = 0x3f
    private static let badCompression: StaticName = "compressed group"

    /// - Returns: how many bytes the parcels have plainly
    static func encode(_ parcels: [Parcel], into writer: inout ByteWriter) throws(BundleError) -> Int {
        var plain = ByteWriter()
        for parcel in parcels { parcel.encode(into: &plain) }
        guard plain.bytes.count <= BundleCompressor.maxGroupBytes else { throw .tooLarge }
        let columns = ParcelColumns.encode(parcels)
        let compressible = columns.compressible
        var body = ByteWriter(reserving: columns.blobs.bytes.count + 10)
        body.lengthPrefixed(columns.blobs.bytes)
        let compressed = BundleCompressor.shared.compress(compressible)
        body.append(compressed?.bytes ?? compressible)
        // What does not come back as it was, or gains nothing, travels as it is.
        guard compressible.count <= BundleCompressor.maxGroupBytes,
            body.bytes.count < plain.bytes.count, isFaithful(columns, compressible, parcels)
        else {
            writer.byte(Form.plain.rawValue)
            writer.lengthPrefixed(plain.bytes)
            return plain.bytes.count
        }
        switch compressed?.isOneBlock {
        case nil: writer.byte(Form.columns.rawValue)
        case true: writer.byte(Form.oneBlock.rawValue | dictionary1)
        case false: writer.byte(Form.blocks.rawValue | dictionary1)
        }
        writer.lengthPrefixed(body.bytes)
        return plain.bytes.count
    }

    private static func isFaithful(
        _ columns: StanzaColumns, _ compressible: [UInt8], _ parcels: [Parcel]
    ) -> Bool {
        do {
            let read = try ParcelColumns.decode(
                compressible: compressible[...], blobs: columns.blobs.bytes[...],
                limit: BundleCompressor.maxGroupBytes)
            return read.parcels == parcels
        } catch {
            return false
        }
    }

    /// Reads a group whose first byte is known.
    /// - Parameter budget: bytes that the rest of the bundle may become; lessened by what this group does
    static func decode(
        first: UInt8, from reader: inout ByteReader, budget: inout Int, into parcels: inout [Parcel]
    ) throws(ByteError) {
        let bytes = try reader.slice(try reader.count(atMost: Bundle.maxSealedBytes, "group length"))
        let limit = min(budget, BundleCompressor.maxGroupBytes)
        guard let form = Form(rawValue: first & ~dictionaryBits),
            first & dictionaryBits == (form == .plain || form == .columns ? 0 : dictionary1)
        else { throw .badValue("dictionary id") }
        guard form != .plain else {
            guard bytes.count <= limit else { throw .overLimit("group") }
            budget -= bytes.count
            return try decodePlain(bytes, into: &parcels)
        }
        var body = ByteReader(bytes)
        let blobs = try body.slice(try body.count(atMost: bytes.count, "blobs length"))
        let rest = try body.slice(body.remaining)
        let compressible: ArraySlice<UInt8>
        if form == .columns {
            compressible = rest
        } else {
            let plain = BundleCompressor.shared.decompress(
                rest, isOneBlock: form == .oneBlock, limit: limit)
            guard let plain else { throw .badValue(badCompression) }
            compressible = plain[...]
        }
        let read = try ParcelColumns.decode(compressible: compressible, blobs: blobs, limit: limit)
        guard !read.parcels.isEmpty else { throw .badValue("empty group") }
        budget -= max(read.bytes, compressible.count)
        guard budget >= 0 else { throw .overLimit("bundle") }
        parcels += read.parcels
    }

    /// Whether this error means that zstd found the group damaged or too large.
    static func isBadCompression(_ error: ByteError) -> Bool { error == .badValue(badCompression) }

    private static func decodePlain(
        _ bytes: ArraySlice<UInt8>, into parcels: inout [Parcel]
    ) throws(ByteError) {
        var reader = ByteReader(bytes)
        guard !reader.isAtEnd else { throw .badValue("empty group") }
        while !reader.isAtEnd { parcels.append(try Parcel.decode(from: &reader)) }
    }
}
