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

        init(opened bytes: [UInt8]) {
            self.init(key: Array(bytes.prefix(32)), hash: Array(bytes.dropFirst(32)))
        }
    }

    package let id: Int64
    package let account: Int64
    package let name: String
    /// The media type that its uploader named.
    package let type: String
    /// Bytes.
    package let size: Int
    /// BLAKE2b-128 of its address's token.
    package let token: [UInt8]
    /// Nil while it is a slot.
    package var content: Content?

    package init(id: Int64, account: Int64, name: String, type: String, size: Int, token: [UInt8]) {
        self.id = id
        self.token = token
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
        try uploads("token=?", .blob(token)).first
    }

    /// The file or slot of this number.
    package func upload(id: Int64) throws(StorageError) -> Upload? { try uploads("id=?", .integer(id)).first }

    /// Files that were completed at this time of service, or later.
    package func uploads(completedSince service: UInt64) throws(StorageError) -> [Upload] {
        try uploads("completed>=?", .int(service))
    }

    /// Milliseconds of service that a complete file has been here; nil for a slot.
    package func age(ofUpload id: Int64) throws(StorageError) -> UInt64? {
        let completed = try reader.first(
            "SELECT completed FROM upload WHERE id=? AND completed IS NOT NULL", .integer(id)
        ) { $0.uint64(0) }
        return completed.map { serviceClock.age(since: $0) }
    }

    /// The files and slots of one account.
    func uploads(ofAccount account: Int64) throws(StorageError) -> [Upload] {
        try uploads("account=?", .integer(account))
    }

    private func uploads(_ condition: String, _ value: SQLValue) throws(StorageError) -> [Upload] {
        let cipher = cipher
        return try reader.rows(
            "SELECT id, account, size, detail, secret, token FROM upload WHERE \(condition)", value
        ) { row throws(StorageError) in
            let id = row.int64(0)
            let detail = FileDetail(try cipher.open(row.blob(3), row: id))
            var upload = Upload(
                id: id, account: row.int64(1), name: detail.name, type: detail.type, size: row.int(2),
                token: row.blob(5))
            if !row.isNull(4) { upload.content = .init(opened: try cipher.open(row.blob(4), row: id)) }
            return upload
        }
    }

    package func addSlot(_ upload: Upload, then done: @escaping Journal.Completion) {
        let detail = cipher.seal(FileDetail(type: upload.type, name: upload.name).bytes, row: upload.id)
        let now = serviceClock.now()
        journal.commit(
            { database in
                try database.run(
                    "INSERT INTO upload (id, token, account, size, requested, detail) VALUES (?,?,?,?,?,?)",
                    .integer(upload.id), .blob(upload.token), .integer(upload.account), .int(upload.size),
                    .int(now),
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
