/// What outlives a session of XEP-0198: how much it took, and what of that it could not acknowledge.
package struct StreamManagementRecord: Sendable, Equatable {
    package let id: [UInt8]
    package let account: Int64
    package var h: UInt32
    /// 16-byte digests, one after the other.
    package var unacknowledged: [UInt8]

    package init(id: [UInt8], account: Int64, h: UInt32, unacknowledged: [UInt8]) {
        self.id = id
        self.account = account
        self.h = h
        self.unacknowledged = unacknowledged
    }
}

extension Database {
    package func put(_ record: StreamManagementRecord, service: UInt64) throws(StorageError) {
        try run(
            """
            INSERT OR REPLACE INTO stream_management (id, account, h, unacknowledged, touched)
            VALUES (?,?,?,?,?)
            """,
            .blob(record.id), .integer(record.account), .integer(Int64(record.h)),
            .blob(record.unacknowledged), .int(service))
    }

    package func streamManagement(id: [UInt8]) throws(StorageError) -> StreamManagementRecord? {
        try first(
            "SELECT id, account, h, unacknowledged FROM stream_management WHERE id=?", .blob(id),
            make: Self.record)
    }

    package func streamManagement(account: Int64) throws(StorageError) -> [StreamManagementRecord] {
        try rows(
            """
            SELECT id, account, h, unacknowledged FROM stream_management WHERE account=? AND
            length(unacknowledged)>0
            """, .integer(account), make: Self.record)
    }

    package func forgetStreamManagement(before service: UInt64) throws(StorageError) {
        try run("DELETE FROM stream_management WHERE touched<?", .int(service))
    }

    private static func record(_ row: Row) -> StreamManagementRecord {
        StreamManagementRecord(
            id: row.blob(0), account: row.int64(1), h: UInt32(truncatingIfNeeded: row.int64(2)),
            unacknowledged: row.blob(3))
    }
}
