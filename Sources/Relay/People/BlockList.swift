internal import Storage
internal import XMPP

/// Whom a person has blocked, in memory (XEP-0191 §3.1: exact, bare, domain with resource, domain).
struct BlockList {
    private(set) var entries: Set<String>

    /// Of one account.
    static let limit = 1_000

    init(_ entries: [String]) { self.entries = Set(entries) }

    func contains(_ jid: JID) -> Bool {
        guard !entries.isEmpty else { return false }
        if entries.contains(jid.description) || entries.contains(jid.bare.description) { return true }
        if entries.contains(jid.domain) { return true }
        return jid.resource.map { entries.contains(jid.domain + "/" + $0) } ?? false
    }

    mutating func insert(_ jids: [String]) { entries.formUnion(jids) }
    mutating func remove(_ jids: [String]) { entries.subtract(jids) }
}
