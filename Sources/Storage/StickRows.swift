package import Bundles

/// Which parcels of the outbox a file of bundles holds: once it is whole, they have left the building.
enum StickSchema {
    static let tables = """
        CREATE TABLE stick (
            row INTEGER PRIMARY KEY,                -- outbox.id
            export BLOB NOT NULL,                   -- the file's id
            finished INTEGER                        -- wall, when the file was whole; null until then
        );
        CREATE INDEX stick_export ON stick(export);
        CREATE TRIGGER stick_gone AFTER DELETE ON outbox
        BEGIN DELETE FROM stick WHERE row=old.id; END;
        -- Another box takes the place of the one that the file is for.
        CREATE TRIGGER stick_moved AFTER UPDATE OF peer ON outbox
        BEGIN DELETE FROM stick WHERE row=old.id; END;
        """
}

extension Database {
    /// These are in a file that is being written. What an earlier, whole file says of them stays.
    package func putOnStick(_ ids: [Int64], export: [UInt8]) throws(StorageError) {
        for id in ids {
            try run(
                """
                INSERT INTO stick (row, export, finished) SELECT id, ?2, NULL FROM outbox WHERE id=?1
                ON CONFLICT (row) DO UPDATE SET export=?2
                """, .integer(id), .blob(export))
        }
    }

    /// The file is whole and on its disk.
    package func finishStick(export: [UInt8], at wall: UInt64) throws(StorageError) {
        try run("UPDATE stick SET finished=? WHERE export=?", .int(wall), .blob(export))
        try run(
            """
            UPDATE message_state SET state=2, changed=? WHERE state=1
            AND id IN (SELECT row FROM stick WHERE export=?)
            """, .int(wall), .blob(export))
    }

    /// The parcels in a file, at most `limit`.
    package func rowsOnStick(export: [UInt8], limit: Int) throws(StorageError) -> [Int64] {
        try rows("SELECT row FROM stick WHERE export=? LIMIT ?", .blob(export), .int(limit)) { $0.int64(0) }
    }

    /// When the newest whole file with each of the peer's parcels was written, by row: wall milliseconds.
    /// Rows up to `row` only.
    package func onSticks(peer: Int64, upTo row: Int64) throws(StorageError) -> [Int64: UInt64] {
        let found = try rows(
            """
            SELECT stick.row, stick.finished FROM stick JOIN outbox ON outbox.id=stick.row
            WHERE outbox.peer=? AND stick.row<=? AND stick.finished IS NOT NULL
            """, .integer(peer), .integer(row)
        ) { ($0.int64(0), $0.uint64(1)) }
        return Dictionary(found) { $1 }
    }

    /// How many rows an acknowledgement covers.
    package func outboxCount(
        coveredBy acknowledgement: Acknowledgement, peer: Int64
    ) throws(StorageError) -> Int {
        var count = 0
        for entry in acknowledgement.epochs {
            for range in entry.numbers.ranges {
                count +=
                    try first(
                        "SELECT count(*) FROM outbox WHERE peer=? AND epoch=? AND number BETWEEN ? AND ?",
                        .integer(peer), .blob(entry.epoch.bytes), .integer(Int64(clamping: range.lowerBound)),
                        .integer(Int64(clamping: range.upperBound))
                    ) { $0.int(0) } ?? 0
            }
        }
        return count
    }

    /// Bundles that are kept for a box.
    package func transitCount(to destination: BoxID) throws(StorageError) -> Int {
        try first("SELECT count(*) FROM transit WHERE destination=?", .blob(destination.bytes)) { $0.int(0) }
            ?? 0
    }

    /// Bundles of an origin for a destination that are as long as this one, to find it among them.
    package func transitRows(
        from origin: BoxID, to destination: BoxID, size: Int
    ) throws(StorageError) -> [Int64] {
        try rows(
            "SELECT id FROM transit WHERE destination=? AND origin=? AND size=?", .blob(destination.bytes),
            .blob(origin.bytes), .int(size)
        ) { $0.int64(0) }
    }
}
