/// The first frame of each side of a link.
package struct Hello: Equatable, Sendable {
    package let version: UInt8
    /// Takes bundles for other boxes of its own list.
    package let forwards: Bool
    /// The sender's epoch of this run.
    package let epoch: Epoch
    package let storeID: UInt64
    /// The highest of the receiver's epochs that the sender knows, `.none` if none.
    package let knownEpoch: Epoch
    /// The highest number in it.
    package let knownNumber: UInt64
    /// The receiver's sealing key that the sender seals for.
    package let sealingKeyID: UInt32
    /// What the sender has of the receiver's mail, or the newest part of it.
    package let acknowledgement: Acknowledgement

    package init(
        version: UInt8 = LinkFormat.protocolVersion, forwards: Bool, epoch: Epoch, storeID: UInt64,
        knownEpoch: Epoch, knownNumber: UInt64, sealingKeyID: UInt32 = 0, acknowledgement: Acknowledgement
    ) {
        self.version = version
        self.forwards = forwards
        self.epoch = epoch
        self.storeID = storeID
        self.knownEpoch = knownEpoch
        self.knownNumber = knownNumber
        self.sealingKeyID = sealingKeyID
        self.acknowledgement = acknowledgement
    }

    func encode(into writer: inout ByteWriter) {
        writer.byte(version)
        writer.byte((forwards ? Self.forwardsBit : 0) | (isKnownFirst ? Self.knownFirstBit : 0))
        writer.epoch(epoch)
        writer.uint64(storeID)
        writer.uint32(sealingKeyID)
        if !isKnownFirst {
            writer.epoch(knownEpoch)
            writer.varint(knownNumber)
        }
        acknowledgement.encodeEpochs(into: &writer)
    }

    private static let forwardsBit: UInt8 = 1
    private static let knownFirstBit: UInt8 = 2

    /// Whether the acknowledgement begins with the highest known epoch and number, as it nearly always does.
    private var isKnownFirst: Bool {
        guard let first = acknowledgement.epochs.first else { return false }
        return first.epoch == knownEpoch && first.numbers.max == knownNumber
    }

    /// Unknown flags are ignored, and what a version above 1 adds at the end.
    static func decode(from reader: inout ByteReader) throws(ByteError) -> Hello {
        let version = try reader.byte()
        guard version >= 1 else { throw .badValue("hello version") }
        let flags = try reader.byte()
        let epoch = try reader.epoch()
        let storeID = try reader.uint64()
        let sealingKeyID = try reader.uint32()
        var known: (epoch: Epoch, number: UInt64)?
        if flags & knownFirstBit == 0 {
            let epoch = try reader.epoch()
            known = (epoch, try reader.varint())
        }
        let acknowledgement = try Acknowledgement.decodeEpochs(storeID: storeID, from: &reader)
        let first = acknowledgement.epochs.first
        guard let (knownEpoch, knownNumber) = known ?? first.map({ ($0.epoch, $0.numbers.max ?? 0) }) else {
            throw .badValue("known epoch")
        }
        if version > LinkFormat.protocolVersion { _ = reader.rest() }
        return Hello(
            version: version, forwards: flags & forwardsBit != 0, epoch: epoch, storeID: storeID,
            knownEpoch: knownEpoch, knownNumber: knownNumber, sealingKeyID: sealingKeyID,
            acknowledgement: acknowledgement)
    }
}
