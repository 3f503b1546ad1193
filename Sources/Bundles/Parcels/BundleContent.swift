/// The plaintext of a bundle: encoding, groups, end mark, padding (docs/architecture.md, "Bundle").
enum BundleContent {
    /// The most bytes that all groups of a bundle may decompress to: 4 MiB.
    static let maxPlainBytes = 4 << 20
    static let maxGroups = 1_024
    static let padding = 16

    private static let encoding: UInt8 = 1
    private static let end: UInt8 = 255

    /// Encoding and end mark.
    static let overhead = 2

    /// Throws `.tooLarge` beyond the limits of a bundle.
    static func encode(_ groups: [[Parcel]]) throws(BundleError) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(encoding)
        try encodeGroups(groups, into: &writer)
        writer.byte(end)
        let excess = writer.bytes.count % padding
        if excess > 0 { writer.append(repeatElement(0, count: padding - excess)) }
        return writer.bytes
    }

    static func decode(_ plaintext: [UInt8]) throws(BundleError) -> [Parcel] {
        do throws(ByteError) {
            var reader = ByteReader(plaintext)
            guard try reader.byte() == encoding else { throw .badValue("content encoding") }
            let parcels = try decodeGroups(&reader, endMark: end)
            try checkPadding(&reader)
            return parcels
        } catch {
            throw BundleGroup.isBadCompression(error) ? .badCompression : .malformed(error)
        }
    }

    static func encodeGroups(_ groups: [[Parcel]], into writer: inout ByteWriter) throws(BundleError) {
        guard groups.count <= maxGroups else { throw .tooLarge }
        var total = 0
        for group in groups where !group.isEmpty {
            total += try BundleGroup.encode(group, into: &writer)
            guard total <= maxPlainBytes else { throw .tooLarge }
        }
    }

    /// Groups up to the end mark, or without one to the end.
    static func decodeGroups(
        _ reader: inout ByteReader, endMark: UInt8?
    ) throws(ByteError) -> [Parcel] {
        var parcels: [Parcel] = []
        var budget = maxPlainBytes
        for _ in 0...maxGroups {
            if endMark == nil, reader.isAtEnd { return parcels }
            let first = try reader.byte()
            if first == endMark { return parcels }
            try BundleGroup.decode(first: first, from: &reader, budget: &budget, into: &parcels)
        }
        throw .overLimit("groups in a bundle")
    }

    private static func checkPadding(_ reader: inout ByteReader) throws(ByteError) {
        guard reader.remaining < padding else { throw .trailing }
        guard reader.rest().allSatisfy({ $0 == 0 }) else { throw .badValue("padding") }
    }
}
