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
    /// What the sender has of the receiver's mail, or the newest part of it.
    package let acknowledgement: Acknowledgement

    package init(
        version: UInt8 = LinkFormat.protocolVersion, forwards: Bool, epoch: Epoch, storeID: UInt64,
        knownEpoch: Epoch, knownNumber: UInt64, acknowledgement: Acknowledgement
    ) {
        self.version = version
        self.forwards = forwards
        self.epoch = epoch
        self.storeID = storeID
        self.knownEpoch = knownEpoch
        self.knownNumber = knownNumber
        self.acknowledgement = acknowledgement
    }

    func encode(into writer: inout ByteWriter) {
        writer.byte(version)
        writer.byte(forwards ? 1 : 0)
        writer.epoch(epoch)
        writer.uint64(storeID)
        writer.epoch(knownEpoch)
        writer.varint(knownNumber)
        acknowledgement.encode(into: &writer)
    }

    /// Unknown flags are ignored, and what a version above 1 adds at the end.
    static func decode(from reader: inout ByteReader) throws(ByteError) -> Hello {
        let version = try reader.byte()
        guard version >= 1 else { throw .badValue("hello version") }
        let forwards = try reader.byte() & 1 != 0
        let epoch = try reader.epoch()
        let storeID = try reader.uint64()
        let knownEpoch = try reader.epoch()
        let knownNumber = try reader.varint()
        let acknowledgement = try Acknowledgement.decode(from: &reader)
        if version > LinkFormat.protocolVersion { _ = reader.rest() }
        return Hello(
            version: version, forwards: forwards, epoch: epoch, storeID: storeID, knownEpoch: knownEpoch,
            knownNumber: knownNumber, acknowledgement: acknowledgement)
    }
}
