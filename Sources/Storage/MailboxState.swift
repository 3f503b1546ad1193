internal import Bundles

/// Which incoming archive entries of one account no client has acknowledged or read yet.
package struct MailboxState {
    /// In order of arrival.
    package private(set) var pending: [Int64]
    private var lastKnown: Int64
    private var acknowledgedAbove: Set<Int64> = []

    /// At most this many entries are kept in memory and delivered at once; the rest is in the archive.
    package static let limit = 5_000

    /// Loads it from what has been committed.
    package init(account: Int64, reader: Database) throws(StorageError) {
        let acknowledged = try reader.acknowledgedEntries(account: account)
        let floor = acknowledged.ranges.first.map { $0.lowerBound <= 1 ? Int64($0.upperBound) : 0 } ?? 0
        pending = try reader.incomingEntries(account: account, above: floor, limit: Self.limit)
        lastKnown = pending.last ?? floor
        for id in pending where acknowledged.contains(UInt64(id)) { acknowledgedAbove.insert(id) }
        let acked = acknowledgedAbove
        pending.removeAll { acked.contains($0) }
    }

    /// Notes a new entry; false when it was known already.
    package mutating func add(_ id: Int64) -> Bool {
        guard id > lastKnown else { return false }
        lastKnown = id
        pending.append(id)
        return true
    }

    package func isPending(_ id: Int64) -> Bool { pending.contains(id) }

    /// Notes that a client has the entry; false when it was not pending.
    package mutating func acknowledge(_ id: Int64) -> Bool {
        guard let index = pending.firstIndex(of: id) else { return false }
        pending.remove(at: index)
        acknowledgedAbove.insert(id)
        if index == 0 {
            let first = pending.first ?? .max
            if acknowledgedAbove.count > 64 || pending.isEmpty {
                acknowledgedAbove = acknowledgedAbove.filter { $0 > first }
            }
        }
        return true
    }

    /// What to store: everything below the first pending entry, and the acknowledged ones above it.
    package var encoded: [UInt8] {
        var ranges = RangeSet()
        let floor = pending.first.map { $0 - 1 } ?? lastKnown
        if floor >= 1 { ranges.insert(1...UInt64(floor)) }
        for id in acknowledgedAbove where id > floor { ranges.insert(UInt64(id)) }
        return ranges.stored
    }
}

extension Store {
    package func mailbox(of account: Int64) throws(StorageError) -> MailboxState {
        try MailboxState(account: account, reader: reader)
    }

    package func saveMailbox(_ encoded: [UInt8], account: Int64) -> Journal.Job {
        { database in try database.putAcknowledgedEntries(encoded, account: account) }
    }
}

extension MailboxState {
    /// Nothing pending; for an account that has just been made.
    package static var empty: MailboxState { MailboxState() }

    private init() {
        pending = []
        lastKnown = 0
    }
}
