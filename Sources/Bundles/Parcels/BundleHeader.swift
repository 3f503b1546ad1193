/// The clear header of a bundle: all that a hop may see. It is the prologue of the seal, so no hop can alter it.
package struct BundleHeader: Equatable, Sendable {
    package static let version: UInt8 = 1
    private static let liveBit: UInt8 = 0x80

    package let parcelClass: ParcelClass
    /// Dropped instead of stored when the way is down.
    package let isLive: Bool
    package let origin: BoxID
    package let destination: BoxID
    /// The origin's epoch in which the numbers and versions inside count.
    package let epoch: Epoch
    /// Which of the destination's sealing keys opens it.
    package let sealingKeyID: UInt32
    /// Remaining at sealing, seconds; hops subtract the time they held it, see `LinkFrame.Fragment`.
    package let lifetimeSeconds: UInt64

    package init(
        class parcelClass: ParcelClass, isLive: Bool, origin: BoxID, destination: BoxID, epoch: Epoch,
        sealingKeyID: UInt32, lifetimeSeconds: UInt64
    ) {
        self.parcelClass = parcelClass
        self.isLive = isLive
        self.origin = origin
        self.destination = destination
        self.epoch = epoch
        self.sealingKeyID = sealingKeyID
        self.lifetimeSeconds = lifetimeSeconds
    }

    /// 36 to 48 bytes.
    package func encode(sealedSize: Int) -> [UInt8] {
        var writer = ByteWriter(reserving: 48)
        writer.byte(Self.version)
        writer.byte(parcelClass.rawValue | (isLive ? Self.liveBit : 0))
        writer.append(origin.bytes)
        writer.append(destination.bytes)
        writer.epoch(epoch)
        writer.uint32(sealingKeyID)
        writer.varint(lifetimeSeconds)
        writer.varint(UInt64(sealedSize))
        return writer.bytes
    }

    /// Reads the header at the start of `bytes`, which may end anywhere after it: a hop needs no more.
    /// Throws `.malformed(.truncated)` while it is not complete.
    package static func decode(
        _ bytes: some Collection<UInt8>
    ) throws(BundleError) -> (header: BundleHeader, headerLength: Int, sealedSize: Int) {
        if let version = bytes.first, version != Self.version { throw .unknownVersion(version) }
        do throws(ByteError) {
            var reader = ByteReader(Array(bytes.prefix(64)))
            _ = try reader.byte()
            let header = try fields(&reader)
            let sealedSize = try reader.count(atMost: Bundle.maxSealedBytes, "sealed size")
            guard sealedSize >= Bundle.sealOverhead else { throw .badValue("sealed size") }
            return (header, reader.consumed, sealedSize)
        } catch {
            throw .malformed(error)
        }
    }

    private static func fields(_ reader: inout ByteReader) throws(ByteError) -> BundleHeader {
        let classByte = try reader.byte()
        guard let parcelClass = ParcelClass(rawValue: classByte & ~liveBit) else { throw .badValue("class") }
        let origin = try reader.boxID()
        let destination = try reader.boxID()
        let epoch = try reader.epoch()
        let sealingKeyID = try reader.uint32()
        return BundleHeader(
            class: parcelClass, isLive: classByte & liveBit != 0, origin: origin, destination: destination,
            epoch: epoch, sealingKeyID: sealingKeyID, lifetimeSeconds: try reader.varint())
    }
}
