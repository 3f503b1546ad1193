package import Bundles

/// Mail that waits on this box for its predecessor in the conversation.
package struct WaitingRow: Sendable {
    package let name: ParcelName
    /// Nil when it waits only behind an earlier one of its conversation.
    package let previous: ParcelName?
    /// Wall milliseconds at the origin.
    package let accepted: UInt64
    package let payload: Int64

    package init(name: ParcelName, previous: ParcelName?, accepted: UInt64, payload: Int64) {
        self.name = name
        self.previous = previous
        self.accepted = accepted
        self.payload = payload
    }
}

extension Database {
    package func received(peer: Int64) throws(StorageError) -> [(Epoch, RangeSet)] {
        try rows("SELECT epoch, ranges FROM received WHERE peer=? ORDER BY epoch", .integer(peer)) {
            row throws(StorageError) in
            guard let epoch = Epoch(bytes: row.blob(0)) else {
                throw StorageError.damaged("received from peer \(peer)")
            }
            return (epoch, try RangeSet(stored: row.blob(1)))
        }
    }

    func putReceived(peer: Int64, epoch: Epoch, ranges: [UInt8]) throws(StorageError) {
        try run(
            "INSERT OR REPLACE INTO received (peer, epoch, ranges) VALUES (?,?,?)", .integer(peer),
            .blob(epoch.bytes), .blob(ranges))
    }

    package func waiting(peer: Int64) throws(StorageError) -> [WaitingRow] {
        try rows(
            """
            SELECT epoch, number, previous_epoch, previous_number, accepted, payload FROM waiting
            WHERE peer=? ORDER BY epoch, number
            """, .integer(peer)
        ) { row throws(StorageError) in
            WaitingRow(
                name: try Self.name(row, 0, 1), previous: row.isNull(2) ? nil : try Self.name(row, 2, 3),
                accepted: row.uint64(4), payload: row.int64(5))
        }
    }

    func insertWaiting(_ row: WaitingRow, peer: Int64) throws(StorageError) {
        try run(
            """
            INSERT OR REPLACE INTO waiting (peer, epoch, number, previous_epoch, previous_number, accepted, payload)
            VALUES (?,?,?,?,?,?,?)
            """,
            .integer(peer), .blob(row.name.epoch.bytes), .int(row.name.number),
            .optional(row.previous?.epoch.bytes), row.previous.map { .int($0.number) } ?? .null,
            .int(row.accepted),
            .integer(row.payload))
    }

    func removeWaiting(_ name: ParcelName, peer: Int64) throws(StorageError) {
        try run(
            "DELETE FROM waiting WHERE peer=? AND epoch=? AND number=?", .integer(peer),
            .blob(name.epoch.bytes), .int(name.number))
    }

    package func isDelivered(content: [UInt8], peer: Int64) throws(StorageError) -> Bool {
        try first(
            "SELECT 1 FROM delivered WHERE peer=? AND content=?", .integer(peer), .blob(content)
        ) { _ in true } ?? false
    }

    package func insertDelivered(content: [UInt8], peer: Int64, service: UInt64) throws(StorageError) {
        try run(
            "INSERT OR IGNORE INTO delivered (peer, content, entered) VALUES (?,?,?)", .integer(peer),
            .blob(content), .int(service))
    }

    package func forgetDelivered(before service: UInt64) throws(StorageError) {
        try run("DELETE FROM delivered WHERE entered<?", .int(service))
    }
}
