/// The plaintext of a bundle: encoding, groups, end mark, padding (docs/architecture.md, "Bundle").
enum BundleContent {
    /// The most bytes that all groups of a bundle may decompress to: 4 MiB.
    static let maxPlainBytes = 4 << 20
    static let maxGroups = 1_024
    static let padding = 16

    private static let encoding: UInt8 = 1
    private static let stored: UInt8 = 0
    private static let dictionary1: UInt8 = 1
    private static let end: UInt8 = 255

    /// Encoding and end mark.
    static let overhead = 2

    /// Throws `.tooLarge` beyond the limits of a bundle.
    static func encode(_ groups: [[Parcel]]) throws(BundleError) -> [UInt8] {
        guard groups.count <= maxGroups else { throw .tooLarge }
        var writer = ByteWriter()
        var total = 0
        writer.byte(encoding)
        for group in groups where !group.isEmpty {
            var parcels = ByteWriter()
            for parcel in group { parcel.encode(into: &parcels) }
            let plain = parcels.bytes
            total += plain.count
            guard plain.count <= BundleCompressor.maxGroupBytes, total <= maxPlainBytes else {
                throw .tooLarge
            }
            let compressed = BundleCompressor.shared.compress(plain)
            writer.byte(compressed == nil ? stored : dictionary1)
            writer.lengthPrefixed(compressed ?? plain)
        }
        writer.byte(end)
        let excess = writer.bytes.count % padding
        if excess > 0 { writer.append(repeatElement(0, count: padding - excess)) }
        return writer.bytes
    }

    static func decode(_ plaintext: [UInt8]) throws(BundleError) -> [Parcel] {
        do throws(ByteError) {
            var reader = ByteReader(plaintext)
            guard try reader.byte() == encoding else { throw .badValue("content encoding") }
            var parcels: [Parcel] = []
            var budget = maxPlainBytes
            for _ in 0...maxGroups {
                let kind = try reader.byte()
                if kind == end {
                    try checkPadding(&reader)
                    return parcels
                }
                let bytes = try reader.slice(try reader.count(atMost: Bundle.maxSealedBytes, "group length"))
                let plain = try plainForm(kind, bytes, limit: min(budget, BundleCompressor.maxGroupBytes))
                budget -= plain.count
                try decodeParcels(plain, into: &parcels)
            }
            throw .overLimit("groups in a bundle")
        } catch {
            throw error == .badValue(badCompression) ? .badCompression : .malformed(error)
        }
    }

    private static let badCompression: StaticName = "compressed group"

    private static func plainForm(
        _ kind: UInt8, _ bytes: ArraySlice<UInt8>, limit: Int
    ) throws(ByteError) -> ArraySlice<UInt8> {
        switch kind {
        case stored:
            guard bytes.count <= limit else { throw .overLimit("group") }
            return bytes
        case dictionary1:
            guard let plain = BundleCompressor.shared.decompress(bytes, limit: limit) else {
                throw .badValue(badCompression)
            }
            return plain[...]
        default: throw .badValue("dictionary id")
        }
    }

    private static func decodeParcels(_ bytes: ArraySlice<UInt8>, into parcels: inout [Parcel])
        throws(ByteError)
    {
        var reader = ByteReader(bytes)
        guard !reader.isAtEnd else { throw .badValue("empty group") }
        while !reader.isAtEnd { parcels.append(try Parcel.decode(from: &reader)) }
    }

    private static func checkPadding(_ reader: inout ByteReader) throws(ByteError) {
        guard reader.remaining < padding else { throw .trailing }
        guard reader.rest().allSatisfy({ $0 == 0 }) else { throw .badValue("padding") }
    }
}
