package import Bundles

/// A file of this box on its way to another.
package struct BlobTransferRow: Sendable {
    package let peer: Int64
    package let blob: BlobID
    package let upload: Int64
    /// Units that the destination, and that hubs have on their disks.
    package let acked: RangeSet
    package let custody: RangeSet
    /// Service milliseconds.
    package let entered: UInt64

    package init(
        peer: Int64, blob: BlobID, upload: Int64, acked: RangeSet, custody: RangeSet, entered: UInt64
    ) {
        self.peer = peer
        self.blob = blob
        self.upload = upload
        self.acked = acked
        self.custody = custody
        self.entered = entered
    }
}

/// A file of another box, whole or in parts.
package struct ReplicaRow: Sendable {
    package let id: Int64
    package let peer: Int64
    package let blob: BlobID
    /// Bytes.
    package let size: Int
    package let name: String
    package let type: String
    package let content: Upload.Content
    /// Units on the disk.
    package let have: RangeSet
    package let isComplete: Bool
    /// Service milliseconds, and how long it stays from then on.
    package let entered: UInt64
    package let lifetime: UInt64

    package init(
        id: Int64, peer: Int64, blob: BlobID, manifest: BlobManifest, key: [UInt8], entered: UInt64,
        lifetime: UInt64
    ) {
        self.id = id
        self.peer = peer
        self.blob = blob
        size = Int(clamping: manifest.size)
        name = manifest.name
        type = manifest.type
        content = Upload.Content(key: key, hash: manifest.hash)
        have = RangeSet()
        isComplete = false
        self.entered = entered
        self.lifetime = lifetime
    }

    init(_ row: Row, _ cipher: PayloadCipher) throws(StorageError) {
        id = row.int64(0)
        peer = row.int64(1)
        guard let blob = BlobID(bytes: row.blob(2)) else {
            throw StorageError.damaged("replica \(row.int64(0))")
        }
        self.blob = blob
        size = row.int(3)
        let detail = FileDetail(try cipher.open(row.blob(4), row: id))
        name = detail.name
        type = detail.type
        content = Upload.Content(opened: try cipher.open(row.blob(5), row: id))
        have = try RangeSet(stored: row.blob(6))
        isComplete = row.int(7) != 0
        entered = row.uint64(8)
        lifetime = row.uint64(9)
    }
}

extension Database {
    package func put(transfer: BlobTransferRow) throws(StorageError) {
        try run(
            """
            INSERT OR REPLACE INTO blob_transfer (peer, blob, upload, acked, custody, entered)
            VALUES (?,?,?,?,?,?)
            """, .integer(transfer.peer), .blob(transfer.blob.bytes), .integer(transfer.upload),
            .blob(transfer.acked.stored), .blob(transfer.custody.stored), .int(transfer.entered))
    }

    package func update(
        transfer blob: BlobID, peer: Int64, acked: RangeSet, custody: RangeSet
    ) throws(StorageError) {
        try run(
            "UPDATE blob_transfer SET acked=?, custody=? WHERE peer=? AND blob=?", .blob(acked.stored),
            .blob(custody.stored), .integer(peer), .blob(blob.bytes))
    }

    package func removeTransfer(_ blob: BlobID, peer: Int64) throws(StorageError) {
        try run("DELETE FROM blob_transfer WHERE peer=? AND blob=?", .integer(peer), .blob(blob.bytes))
    }

    package func transfers() throws(StorageError) -> [BlobTransferRow] {
        try rows(
            "SELECT peer, blob, upload, acked, custody, entered FROM blob_transfer ORDER BY entered"
        ) { row throws(StorageError) in
            guard let blob = BlobID(bytes: row.blob(1)) else { throw StorageError.damaged("blob_transfer") }
            return BlobTransferRow(
                peer: row.int64(0), blob: blob, upload: row.int64(2),
                acked: try RangeSet(stored: row.blob(3)),
                custody: try RangeSet(stored: row.blob(4)), entered: row.uint64(5))
        }
    }

    package func update(replica id: Int64, have: RangeSet, complete: Bool) throws(StorageError) {
        try run(
            "UPDATE replica SET have=?, complete=? WHERE id=?", .blob(have.stored), .int(complete ? 1 : 0),
            .integer(id))
    }

    package func removeReplica(_ id: Int64) throws(StorageError) {
        try run("DELETE FROM replica WHERE id=?", .integer(id))
    }
}

extension Store {
    package func add(replica row: ReplicaRow, then done: @escaping Journal.Completion) {
        let detail = cipher.seal(FileDetail(type: row.type, name: row.name).bytes, row: row.id)
        let secret = cipher.seal(row.content.key + row.content.hash, row: row.id)
        journal.commit(
            { database in
                try database.run(
                    """
                    INSERT INTO replica (id, peer, blob, size, detail, secret, have, entered, lifetime)
                    VALUES (?,?,?,?,?,?,?,?,?)
                    """, .integer(row.id), .integer(row.peer), .blob(row.blob.bytes), .int(row.size),
                    .blob(detail), .blob(secret), .blob(row.have.stored), .int(row.entered),
                    .int(row.lifetime))
            }, then: done)
    }

    /// All files of other boxes.
    package func replicas() throws(StorageError) -> [ReplicaRow] {
        let cipher = cipher
        return try reader.rows(
            """
            SELECT id, peer, blob, size, detail, secret, have, complete, entered, lifetime FROM replica
            ORDER BY id
            """
        ) { row throws(StorageError) in try ReplicaRow(row, cipher) }
    }
}
