/// Parcels on a session with their destination itself: the link has proven who sends and who reads, so there is
/// no seal, no clear header and no padding. Never forwarded, never stored on the way.
///
/// Flags 1 byte (bit 0 live, bit 1 an epoch follows; others 0), epoch 12 if so, groups up to the end.
package struct OpenBundle: Equatable, Sendable {
    /// Dropped instead of answered.
    package let isLive: Bool
    /// The origin's epoch in which the numbers and versions inside count; nil: that of its HELLO.
    package let epoch: Epoch?
    package let parcels: [Parcel]

    private static let liveBit: UInt8 = 1
    private static let epochBit: UInt8 = 2

    /// Writes parcels, one group for each sending person.
    /// - Throws: `.tooLarge`
    package static func encode(
        _ groups: [[Parcel]], isLive: Bool, epoch: Epoch?
    ) throws(BundleError) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte((isLive ? liveBit : 0) | (epoch == nil ? 0 : epochBit))
        if let epoch { writer.epoch(epoch) }
        try BundleContent.encodeGroups(groups, into: &writer)
        guard writer.bytes.count <= Bundle.maxBytes else { throw .tooLarge }
        return writer.bytes
    }

    package static func decode(_ bytes: [UInt8]) throws(BundleError) -> OpenBundle {
        do throws(ByteError) {
            var reader = ByteReader(bytes)
            let flags = try reader.byte()
            guard flags & ~(liveBit | epochBit) == 0 else { throw .badValue("flags of an open bundle") }
            let epoch = flags & epochBit == 0 ? nil : try reader.epoch()
            return OpenBundle(
                isLive: flags & liveBit != 0, epoch: epoch,
                parcels: try BundleContent.decodeGroups(&reader, endMark: nil))
        } catch {
            throw BundleGroup.isBadCompression(error) ? .badCompression : .malformed(error)
        }
    }

    /// Whether these bytes say that they are live, without reading the rest.
    package static func isLive(_ bytes: [UInt8]) -> Bool { (bytes.first ?? 0) & liveBit != 0 }
}
