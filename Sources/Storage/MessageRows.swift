/// A stanza to keep: its bytes once, and everything that refers to them.
package struct KeptStanza: Sendable {
    package let id: Int64
    /// Wall milliseconds of acceptance here.
    package let time: UInt64
    package let bytes: [UInt8]
    package var archives: [ArchiveReference] = []
    /// Set when it was said in a room.
    package var room: RoomReference?
    /// Set when it must leave the building.
    package var outbox: OutboxReference?
    /// Set when it leaves the building as somebody's message, whose state is kept.
    package var state: StateReference?

    package init(id: Int64, time: UInt64, bytes: [UInt8]) {
        self.id = id
        self.time = time
        self.bytes = bytes
    }

    package struct ArchiveReference: Sendable {
        package let account: Int64
        package let peer: Int64
        package let incoming: Bool

        package init(account: Int64, peer: Int64, incoming: Bool) {
            self.account = account
            self.peer = peer
            self.incoming = incoming
        }
    }

    package struct OutboxReference: Sendable {
        package let peer: Int64
        package let row: OutboxRow

        package init(peer: Int64, row: OutboxRow) {
            self.peer = peer
            self.row = row
        }
    }
}

extension Store {
    /// Writes a stanza with all its references in one batch; `then` runs when it is on the disk.
    package func keep(_ stanza: KeptStanza, then done: @escaping Journal.Completion) {
        let cipher = cipher
        journal.commit({ database in try database.insert(stanza, cipher) }, then: done)
    }

    /// One page of an archive, oldest first, and whether it reaches the end in the direction of reading.
    package func archivePage(
        account: Int64, _ query: ArchiveQuery
    ) throws(StorageError) -> (entries: [ArchiveEntry], complete: Bool) {
        var found = try reader.archivePage(account: account, query)
        let complete = found.count <= query.limit
        if !complete { found.removeLast() }
        if query.backwards { found.reverse() }
        var opened: [ArchiveEntry] = []
        for entry in found { opened.append(try open(entry)) }
        return (opened, complete)
    }

    package func archiveEntry(account: Int64, id: Int64) throws(StorageError) -> ArchiveEntry? {
        guard let entry = try reader.archiveEntry(account: account, id: id) else { return nil }
        return try open(entry)
    }

    package func archiveEnds(
        account: Int64
    ) throws(StorageError) -> (first: (Int64, UInt64), last: (Int64, UInt64))? {
        try reader.archiveEnds(account: account)
    }

    /// The stanza bytes of a payload, or nil when it is gone.
    package func payload(_ id: Int64) throws(StorageError) -> [UInt8]? {
        guard
            let sealed = try reader.first(
                "SELECT bytes FROM payload WHERE id=?", .integer(id), make: { $0.blob(0) })
        else { return nil }
        return try cipher.open(sealed, row: id)
    }

    private func open(_ entry: ArchiveEntry) throws(StorageError) -> ArchiveEntry {
        ArchiveEntry(
            id: entry.id, time: entry.time, incoming: entry.incoming,
            bytes: try cipher.open(entry.bytes, row: entry.id))
    }
}

extension Database {
    func insert(_ stanza: KeptStanza, _ cipher: PayloadCipher) throws(StorageError) {
        try insertPayload(
            stanza.id, cipher.seal(stanza.bytes, row: stanza.id),
            archived: stanza.archives.count + (stanza.room == nil ? 0 : 1))
        if let room = stanza.room { try insertRoomArchive(room, id: stanza.id, time: stanza.time) }
        for reference in stanza.archives {
            try insertArchive(
                account: reference.account, id: stanza.id, peer: reference.peer, time: stanza.time,
                incoming: reference.incoming)
        }
        guard let outbox = stanza.outbox else { return }
        try insertOutbox(outbox.row, peer: outbox.peer)
        if let state = stanza.state { try insertState(state, outbox.row, peer: outbox.peer) }
    }
}
