package import Bundles

/// What a hub keeps for one destination of one origin and class.
package struct TransitStream: Sendable, Hashable {
    package let parcelClass: ParcelClass
    package let origin: BoxID

    package init(parcelClass: ParcelClass, origin: BoxID) {
        self.parcelClass = parcelClass
        self.origin = origin
    }
}

/// A sealed bundle that this box keeps for another.
package struct TransitRow: Sendable {
    package let id: Int64
    package let origin: BoxID
    package let destination: BoxID
    package let parcelClass: ParcelClass
    /// Seconds that it was held before it came here.
    package let held: UInt64
    /// Service milliseconds of its arrival.
    package let entered: UInt64
    package let size: Int

    package init(
        id: Int64, origin: BoxID, destination: BoxID, parcelClass: ParcelClass, held: UInt64, entered: UInt64,
        size: Int
    ) {
        self.id = id
        self.origin = origin
        self.destination = destination
        self.parcelClass = parcelClass
        self.held = held
        self.entered = entered
        self.size = size
    }
}

extension Database {
    func insertTransit(_ row: TransitRow, lifetime: UInt64, bytes: [UInt8]) throws(StorageError) {
        try run(
            """
            INSERT INTO transit (id, origin, destination, class, held, entered, lifetime, size)
            VALUES (?,?,?,?,?,?,?,?)
            """,
            .integer(row.id), .blob(row.origin.bytes), .blob(row.destination.bytes),
            .int(Int(row.parcelClass.rawValue)), .int(row.held), .int(row.entered), .int(lifetime),
            .int(bytes.count))
        try run("INSERT INTO transit_bundle (id, bytes) VALUES (?,?)", .integer(row.id), .blob(bytes))
    }

    /// Classes and origins of what is kept for a box.
    package func transitStreams(to destination: BoxID) throws(StorageError) -> [TransitStream] {
        try rows(
            "SELECT DISTINCT class, origin FROM transit WHERE destination=? ORDER BY class, origin",
            .blob(destination.bytes)
        ) { row throws(StorageError) in
            guard let origin = BoxID(bytes: row.blob(1)),
                let parcelClass = ParcelClass(rawValue: UInt8(truncatingIfNeeded: row.int64(0)))
            else { throw StorageError.damaged("transit for \(destination)") }
            return TransitStream(parcelClass: parcelClass, origin: origin)
        }
    }

    private static let selectTransit =
        "SELECT id, origin, destination, class, held, entered, size FROM transit WHERE destination=? "

    /// Bundles for one box in the order of their coming.
    package func transitRows(to destination: BoxID, after id: Int64, limit: Int) throws(StorageError)
        -> [TransitRow]
    {
        try rows(
            Self.selectTransit + "AND id>? ORDER BY id LIMIT ?", .blob(destination.bytes), .integer(id),
            .int(limit), make: Self.transitRow)
    }

    /// Bundles of one stream in the order of their coming.
    package func transitRows(
        to destination: BoxID, of stream: TransitStream, after id: Int64, limit: Int
    ) throws(StorageError) -> [TransitRow] {
        try rows(
            Self.selectTransit + "AND class=? AND origin=? AND id>? ORDER BY id LIMIT ?",
            .blob(destination.bytes), .int(Int(stream.parcelClass.rawValue)), .blob(stream.origin.bytes),
            .integer(id), .int(limit), make: Self.transitRow)
    }

    private static func transitRow(_ row: Row) throws(StorageError) -> TransitRow {
        guard let origin = BoxID(bytes: row.blob(1)), let destination = BoxID(bytes: row.blob(2)),
            let parcelClass = ParcelClass(rawValue: UInt8(truncatingIfNeeded: row.int64(3)))
        else { throw StorageError.damaged("transit \(row.int64(0))") }
        return TransitRow(
            id: row.int64(0), origin: origin, destination: destination, parcelClass: parcelClass,
            held: row.uint64(4), entered: row.uint64(5), size: row.int(6))
    }

    package func transitBytes(id: Int64) throws(StorageError) -> [UInt8]? {
        try first("SELECT bytes FROM transit_bundle WHERE id=?", .integer(id)) { $0.blob(0) }
    }

    package func removeTransit(ids: [Int64]) throws(StorageError) {
        for id in ids {
            try run("DELETE FROM transit WHERE id=?", .integer(id))
            try run("DELETE FROM transit_bundle WHERE id=?", .integer(id))
        }
    }

    package func expireTransit(at service: UInt64) throws(StorageError) {
        try run(
            "DELETE FROM transit_bundle WHERE id IN (SELECT id FROM transit WHERE entered+lifetime<=?)",
            .int(service))
        try run("DELETE FROM transit WHERE entered+lifetime<=?", .int(service))
    }

    /// Bytes kept per origin.
    package func transitBytesByOrigin() throws(StorageError) -> [(BoxID, Int)] {
        try rows("SELECT origin, sum(size) FROM transit GROUP BY origin") {
            row throws(StorageError) in
            guard let origin = BoxID(bytes: row.blob(0)) else { throw StorageError.damaged("transit origin") }
            return (origin, row.int(1))
        }
    }

    package func transitDepth() throws(StorageError) -> (bundles: Int, bytes: Int) {
        try first("SELECT count(*), coalesce(sum(size),0) FROM transit") { ($0.int(0), $0.int(1)) }
            ?? (0, 0)
    }
}
