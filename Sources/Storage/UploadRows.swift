/// A slot, or the file that filled it.
package struct Upload: Sendable, Equatable {
    /// What a complete file is read with.
    package struct Content: Sendable, Equatable {
        /// 32 bytes.
        package let key: [UInt8]
        /// BLAKE2b-256.
        package let hash: [UInt8]

        package init(key: [UInt8], hash: [UInt8]) {
            self.key = key
            self.hash = hash
        }
    }

    package let id: Int64
    package let account: Int64
    package let name: String
    /// The media type that its uploader named.
    package let type: String
    /// Bytes.
    package let size: Int
    /// Nil while it is a slot.
    package internal(set) var content: Content?

    package init(id: Int64, account: Int64, name: String, type: String, size: Int) {
        self.id = id
        self.account = account
        self.name = name
        self.type = type
        self.size = size
    }
}

/// What the files and slots of one account take.
package struct UploadUsage: Sendable {
    package let account: Int64
    package let bytes: Int
    /// Slots that are not filled yet.
    package let slots: Int
}

extension Store {
    /// The file or slot of a token's hash.
    package func upload(token: [UInt8]) throws(StorageError) -> Upload? {
        let row = try reader.first(
            "SELECT id, account, size, detail, secret FROM upload WHERE token=?", .blob(token)
        ) { ($0.int64(0), $0.int64(1), $0.int(2), $0.blob(3), $0.isNull(4) ? nil : $0.blob(4)) }
        guard let (id, account, size, detail, secret) = row else { return nil }
        let text = String(decoding: try cipher.open(detail, row: id), as: UTF8.self)
        let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        var upload = Upload(
            id: id, account: account, name: parts.count > 1 ? String(parts[1]) : "",
            type: String(parts.first ?? ""), size: size)
        if let secret {
            let opened = try cipher.open(secret, row: id)
            upload.content = .init(key: Array(opened.prefix(32)), hash: Array(opened.dropFirst(32)))
        }
        return upload
    }

    package func addSlot(_ upload: Upload, token: [UInt8], then done: @escaping Journal.Completion) {
        let detail = cipher.seal(Array("\(upload.type)\n\(upload.name)".utf8), row: upload.id)
        let now = serviceClock.now()
        journal.commit(
            { database in
                try database.run(
                    "INSERT INTO upload (id, token, account, size, requested, detail) VALUES (?,?,?,?,?,?)",
                    .integer(upload.id), .blob(token), .integer(upload.account), .int(upload.size), .int(now),
                    .blob(detail))
            }, then: done)
    }

    /// The slot is filled: its file is on the disk.
    package func complete(
        _ upload: Upload, _ content: Upload.Content, then done: @escaping Journal.Completion
    ) {
        let secret = cipher.seal(content.key + content.hash, row: upload.id)
        let now = serviceClock.now()
        journal.commit(
            { database in
                try database.run(
                    "UPDATE upload SET completed=?, secret=? WHERE id=?", .int(now), .blob(secret),
                    .integer(upload.id))
            }, then: done)
    }

    /// Removes slots requested, and files completed, longer ago than these times of service.
    package func expireUploads(
        slotMs: UInt64, fileMs: UInt64, then done: @escaping Journal.Completion
    ) {
        let now = serviceClock.now()
        let slots = now - min(now, slotMs)
        let files = now - min(now, fileMs)
        journal.commit(
            { database in
                try database.run("DELETE FROM upload WHERE completed IS NULL AND requested<?", .int(slots))
                try database.run("DELETE FROM upload WHERE completed<?", .int(files))
            }, then: done)
    }

    package func uploadUsage() throws(StorageError) -> [UploadUsage] {
        try reader.rows("SELECT account, sum(size), sum(completed IS NULL) FROM upload GROUP BY account") {
            UploadUsage(account: $0.int64(0), bytes: $0.int(1), slots: $0.int(2))
        }
    }

    /// The ids of all complete files.
    package func completeUploads() throws(StorageError) -> [Int64] {
        try reader.rows("SELECT id FROM upload WHERE completed IS NOT NULL") { $0.int64(0) }
    }
}
