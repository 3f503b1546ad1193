internal import Bundles

/// Which incoming archive entries of one account no client has acknowledged or read yet.
package struct MailboxState {
    /// In order of arrival.
    package private(set) var pending: [Int64]
    /// The newest entry that has been looked at; what is above it is pending.
    private var lastKnown: Int64
    private var acknowledgedAbove: Set<Int64> = []
    /// The archive holds more above `lastKnown`: it is looked at when there is room.
    private var isCutOff = false
    private let limit: Int

    /// About this many entries are kept in memory and delivered at once; the rest follows from the archive.
    package static let limit = 5_000

    /// Loads it from what has been committed.
    package init(account: Int64, reader: Database, limit: Int = Self.limit) throws(StorageError) {
        let acknowledged = try reader.acknowledgedEntries(account: account)
        self.limit = limit
        lastKnown =
            acknowledged.ranges.first.map { $0.lowerBound <= 1 ? Int64(clamping: $0.upperBound) : 0 } ?? 0
        pending = []
        try load(account, reader, acknowledged)
    }

    private mutating func load(_ account: Int64, _ reader: Database, _ acknowledged: RangeSet)
        throws(StorageError)
    {
        repeat {
            let found = try reader.incomingEntries(account: account, above: lastKnown, limit: limit)
            isCutOff = found.count == limit
            lastKnown = found.last ?? lastKnown
            for id in found {
                if acknowledged.contains(UInt64(id)) {
                    acknowledgedAbove.insert(id)
                } else {
                    pending.append(id)
                }
            }
        } while isCutOff && pending.count < limit
    }

    /// True when entries wait in the archive and there is room for them: call `loadMore`.
    package var wantsMore: Bool { isCutOff && pending.count <= limit / 2 }

    /// Looks at what waits in the archive behind the entries in memory.
    package mutating func loadMore(account: Int64, reader: Database) throws(StorageError) {
        try load(account, reader, reader.acknowledgedEntries(account: account))
    }

    /// Notes a new entry; false when it is not to be delivered now: it is known already, or its turn comes
    /// after others that wait in the archive.
    package mutating func add(_ id: Int64) -> Bool {
        guard !isCutOff, id > lastKnown else { return false }
        lastKnown = id
        pending.append(id)
        return true
    }

    package func isPending(_ id: Int64) -> Bool { pending.contains(id) }

    /// Whether an entry's turn to be looked at has not come: it is as good as pending.
    package func isBeyond(_ id: Int64) -> Bool { id > lastKnown }

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
        limit = Self.limit
    }
}
