/// One contact of an account (RFC 6121 §2.1), with the states of §A.2.
package struct RosterItem: Sendable, Equatable {
    package var jid: String
    package var name: String?
    package var groups: [String] = []
    package var to = false
    package var from = false
    package var pendingOut = false
    package var pendingIn = false
    /// Pre-approved (RFC 6121 §3.4).
    package var approved = false
    /// False for an entry that only records a pending request: clients do not see it.
    package var listed = false

    /// Keeps only what the person calls a colleague of the shared roster: nothing without one.
    package var namesColleague = false
    /// The contact's request as it came, sealed, while it is pending in (RFC 6121 §3.1.3); nil when it said
    /// nothing besides, or too much.
    package var request: [UInt8]?
    /// Of the shared roster, in memory only.
    package var isShared = false

    package init(jid: String) { self.jid = jid }

    var bits: Int64 {
        (to ? 1 : 0) | (from ? 2 : 0) | (pendingOut ? 4 : 0) | (pendingIn ? 8 : 0) | (approved ? 16 : 0)
            | (listed ? 32 : 0) | (namesColleague ? 64 : 0)
    }

    mutating func set(bits: Int64) {
        to = bits & 1 != 0
        from = bits & 2 != 0
        pendingOut = bits & 4 != 0
        pendingIn = bits & 8 != 0
        approved = bits & 16 != 0
        listed = bits & 32 != 0
        namesColleague = bits & 64 != 0
    }
}

extension Database {
    package func roster(of account: Int64) throws(StorageError) -> [RosterItem] {
        try rows(
            "SELECT jid, name, groups, subscription, request FROM roster WHERE account=?", .integer(account)
        ) { row in
            var item = RosterItem(jid: row.text(0))
            item.name = row.isNull(1) ? nil : row.text(1)
            item.groups = row.text(2).split(separator: "\n").map(String.init)
            item.set(bits: row.int64(3))
            item.request = row.isNull(4) ? nil : row.blob(4)
            return item
        }
    }

    package func put(_ item: RosterItem, account: Int64, version: Int) throws(StorageError) {
        try run(
            """
            INSERT OR REPLACE INTO roster (account, jid, name, groups, subscription, request)
            VALUES (?,?,?,?,?,?)
            """,
            .integer(account), .text(item.jid), .optional(item.name),
            .text(item.groups.joined(separator: "\n")), .integer(item.bits), .optional(item.request))
        try setRosterVersion(version, account: account)
    }

    package func removeRosterItem(_ jid: String, account: Int64, version: Int) throws(StorageError) {
        try run("DELETE FROM roster WHERE account=? AND jid=?", .integer(account), .text(jid))
        try setRosterVersion(version, account: account)
    }

    /// Forgets what everybody called somebody whose account goes (`namesColleague`).
    package func forgetColleague(_ jid: String) throws(StorageError) {
        try run("DELETE FROM roster WHERE jid=? AND subscription & 64", .text(jid))
    }

    private func setRosterVersion(_ version: Int, account: Int64) throws(StorageError) {
        try run("UPDATE account SET roster_version=? WHERE id=?", .int(version), .integer(account))
    }
}
