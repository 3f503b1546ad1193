/// Archives do not grow for ever: what is older than the configuration says goes, a little at a time.
extension Store {
    /// Entries that one transaction removes.
    private static let sweepRows = 500

    /// Removes what was archived before a time, of people and rooms, until nothing is left of it.
    /// - Parameters:
    ///   - wall: milliseconds since 1970.
    ///   - done: how many entries went, or why it stopped.
    package func sweepArchives(
        before wall: UInt64, then done: @escaping (Result<Int, StorageError>) -> Void
    ) {
        do {
            sweep(try ArchiveOwner.all(self), wall, 0, done)
        } catch {
            done(.failure(error))
        }
    }

    private func sweep(
        _ owners: ArraySlice<ArchiveOwner>, _ wall: UInt64, _ removed: Int,
        _ done: @escaping (Result<Int, StorageError>) -> Void
    ) {
        guard let owner = owners.first else { return done(.success(removed)) }
        let ids: [Int64]
        do {
            ids = try reader.archived(owner, before: wall, limit: Self.sweepRows)
        } catch {
            return done(.failure(error))
        }
        let rest = ids.count < Self.sweepRows ? owners.dropFirst() : owners
        guard !ids.isEmpty else { return sweep(rest, wall, removed, done) }
        journal.commit({ try $0.removeArchived(owner, ids) }) { error in
            if let error { return done(.failure(error)) }
            self.sweep(rest, wall, removed + ids.count, done)
        }
    }
}

/// Whose archive it is.
enum ArchiveOwner: Sendable {
    case account(Int64)
    case room(Int64)

    static func all(_ store: Store) throws(StorageError) -> ArraySlice<ArchiveOwner> {
        let rooms = try store.reader.rows("SELECT id FROM room") { $0.int64(0) }
        return (store.accounts.map { .account($0.id) } + rooms.map { .room($0) })[...]
    }

    var table: (name: String, column: String, id: Int64) {
        switch self {
        case .account(let id): ("archive", "account", id)
        case .room(let id): ("room_archive", "room", id)
        }
    }
}

extension Database {
    /// The oldest entries of an archive, as far as they are older than a time. Ids grow with time: nothing
    /// behind the first newer one is looked at.
    func archived(_ owner: ArchiveOwner, before wall: UInt64, limit: Int) throws(StorageError) -> [Int64] {
        let table = owner.table
        let oldest = try rows(
            "SELECT id, time FROM \(table.name) WHERE \(table.column)=? ORDER BY id LIMIT ?",
            .integer(table.id), .int(limit)
        ) { ($0.int64(0), $0.uint64(1)) }
        return oldest.prefix { $0.1 < wall }.map(\.0)
    }

    func removeArchived(_ owner: ArchiveOwner, _ ids: [Int64]) throws(StorageError) {
        let table = owner.table
        for id in ids {
            try run(
                "DELETE FROM \(table.name) WHERE \(table.column)=? AND id=?", .integer(table.id), .integer(id)
            )
            guard changes == 1 else { continue }
            try run("UPDATE payload SET archived=archived-1 WHERE id=?", .integer(id))
            try removePayloadIfUnused(id)
        }
    }
}
