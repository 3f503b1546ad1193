internal import Storage
internal import XMPP

/// The entries from or to one client of a contact (XEP-0313 §4.1.1, `with` a full address). The archive
/// knows people, not their clients, so what was said with the person is looked through: one request looks
/// at a part, and the next one goes on behind it.
struct ArchiveSearch {
    private(set) var entries: [ArchiveEntry] = []
    private(set) var isComplete = false
    /// The first and the last entry looked at, in the order of the archive: where the next request goes on.
    private(set) var ends: (Int64, Int64)?

    /// Entries that one request looks at.
    static let looks = 1_000

    init(
        _ asked: ArchiveQuery, address: String, account: Int64, _ relay: Relay
    ) throws(StorageError) {
        var query = asked
        var looked = 0
        var bytes = 0
        while looked < Self.looks, !isComplete {
            query.limit = MessageArchive.pageLimit
            let (page, isLast) = try relay.store.archivePage(account: account, query)
            for entry in query.backwards ? page.reversed() : page {
                guard entries.count < asked.limit, bytes < relay.settings.pageBytes else { return }
                looked += 1
                ends = (min(ends?.0 ?? entry.id, entry.id), max(ends?.1 ?? entry.id, entry.id))
                guard Self.matches(entry, address) else { continue }
                bytes += entry.bytes.count
                if query.backwards { entries.insert(entry, at: 0) } else { entries.append(entry) }
            }
            isComplete = isLast
            if query.backwards { query.before = ends?.0 } else { query.after = ends?.1 }
        }
    }

    private static func matches(_ entry: ArchiveEntry, _ address: String) -> Bool {
        guard let message = try? StreamParser.parse(entry.bytes) else { return false }
        return message[entry.incoming ? "from" : "to"] == address
    }
}
