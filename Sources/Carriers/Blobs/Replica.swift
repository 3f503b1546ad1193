internal import Bundles
internal import Engine
internal import Storage

/// A file of another box: arriving, or here.
final class Replica {
    /// Something that arrived and waits for the disk.
    struct Write: Sendable {
        let ranges: [ClosedRange<UInt64>]
        /// The unit of the first byte.
        let first: UInt64
        let bytes: [UInt8]
    }

    let row: ReplicaRow
    var receiving: BlobReceiving
    var isComplete: Bool
    var file: PartialFile?
    var pending: [Write] = []
    /// Told when everything that has come is on the disk, or is not.
    var waiters: [(BlobExchange.Outcome) -> Void] = []
    var isWriting = false
    var isVerifying = false
    var isDiscarded = false
    var rate = BlobRate()

    init(_ row: ReplicaRow, now: UInt64) {
        self.row = row
        isComplete = row.isComplete
        receiving = BlobReceiving(
            bytes: UInt64(row.size), generation: UInt64(bitPattern: row.id), have: row.have, now: now)
    }

    var key: BlobExchange.Key { .init(peer: row.peer, blob: row.blob) }
}
