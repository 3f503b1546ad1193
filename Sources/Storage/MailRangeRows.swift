package import Bundles

extension Database {
    package func mailRanges(
        peer: Int64
    ) throws(StorageError) -> [(kind: MailRangeKind, epoch: Epoch, numbers: RangeSet)] {
        try rows("SELECT kind, epoch, ranges FROM mail_ranges WHERE peer=?", .integer(peer)) {
            row throws(StorageError) in
            guard let kind = MailRangeKind(rawValue: row.int64(0)), let epoch = Epoch(bytes: row.blob(1))
            else { throw StorageError.damaged("ranges of mail from peer \(peer)") }
            return (kind, epoch, try RangeSet(stored: row.blob(2)))
        }
    }

    /// - Parameter numbers: none: the epoch is forgotten.
    package func putMailRanges(
        peer: Int64, _ kind: MailRangeKind, _ epoch: Epoch, _ numbers: RangeSet
    ) throws(StorageError) {
        guard !numbers.isEmpty else {
            return try run(
                "DELETE FROM mail_ranges WHERE peer=? AND kind=? AND epoch=?", .integer(peer),
                .integer(kind.rawValue), .blob(epoch.bytes))
        }
        try run(
            "INSERT OR REPLACE INTO mail_ranges (peer, kind, epoch, ranges) VALUES (?,?,?,?)", .integer(peer),
            .integer(kind.rawValue), .blob(epoch.bytes), .blob(numbers.stored))
    }

    package func insertUndelivered(id: Int64, peer: Int64, _ name: ParcelName) throws(StorageError) {
        try run(
            "INSERT OR REPLACE INTO undelivered (id, peer, epoch, number) VALUES (?,?,?,?)", .integer(id),
            .integer(peer), .blob(name.epoch.bytes), .int(name.number))
    }

    /// The name under which an archive entry came that no client has acknowledged yet.
    package func undelivered(id: Int64) throws(StorageError) -> (peer: Int64, name: ParcelName)? {
        try first("SELECT peer, epoch, number FROM undelivered WHERE id=?", .integer(id)) {
            row throws(StorageError) in (row.int64(0), try Self.name(row, 1, 2))
        }
    }

    package func removeUndelivered(ids: [Int64]) throws(StorageError) {
        for id in ids { try run("DELETE FROM undelivered WHERE id=?", .integer(id)) }
    }

    /// Forgets entries of archives that are no more.
    package func forgetUndelivered() throws(StorageError) {
        try run(
            "DELETE FROM undelivered WHERE NOT EXISTS (SELECT 1 FROM payload WHERE payload.id=undelivered.id)"
        )
    }
}
