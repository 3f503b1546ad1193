/// One kind of thing that a box holds about a person.
package struct HeldData: Sendable, Equatable {
    /// What it is: "archive", "contacts", …
    package let what: String
    package let count: Int
    /// Names, where the things have names that are not encrypted; at most `Database.heldNames`.
    package let names: [String]

    package init(_ what: String, count: Int, names: [String] = []) {
        self.what = what
        self.count = count
        self.names = names
    }
}

extension Database {
    /// Names of one kind that are shown.
    package static let heldNames = 1_000

    /// What an account has of its own.
    package func held(ofAccount account: Int64, localpart: String) throws(StorageError) -> [HeldData] {
        let own: [(String, String)] = [
            ("archive", "archive"), ("contact card", "vcard"), ("directory entry", "directory"),
            ("private data", "private_xml"), ("published nodes", "pubsub_node"),
            ("published items", "pubsub_item"),
            ("devices with a token", "token"), ("push registrations", "push"),
            ("torn sessions", "stream_management"), ("states of sent messages", "message_state"),
        ]
        var found = [
            HeldData("contacts", try texts("SELECT jid FROM roster WHERE account=? ORDER BY jid", account)),
            HeldData(
                "blocked addresses", try texts("SELECT jid FROM block WHERE account=? ORDER BY jid", account)),
        ]
        for (what, table) in own {
            found.append(
                HeldData(
                    what,
                    count: try number("SELECT count(*) FROM \(table) WHERE account=?", .integer(account))))
        }
        found.append(
            HeldData(
                "invitations used",
                count: try number("SELECT count(*) FROM invitation WHERE used_by=?", .text(localpart))))
        found.append(
            HeldData(
                "acts as administrator",
                count: try number("SELECT count(*) FROM act WHERE administrator=?", .text(localpart))))
        return found
    }

    /// What others here have that names an address, and what waits for it or from it.
    package func held(of bare: String, localpart: String?) throws(StorageError) -> [HeldData] {
        let known = try first("SELECT id FROM jid WHERE text=?", .text(bare)) { $0.int64(0) }
        let jid = SQLValue.integer(known ?? -1)
        var found = [
            HeldData(
                "contact of",
                try texts(
                    "SELECT localpart FROM roster JOIN account ON account.id=roster.account WHERE jid=? ORDER BY 1",
                    .text(bare))),
            HeldData(
                "blocked by",
                try texts(
                    "SELECT localpart FROM block JOIN account ON account.id=block.account WHERE jid=? ORDER BY 1",
                    .text(bare))),
            HeldData(
                "roles in rooms",
                try texts(
                    "SELECT localpart FROM room_register JOIN room ON room.id=room_register.room WHERE name=? AND value IS NOT NULL ORDER BY 1",
                    .text("affiliation/" + bare))),
            HeldData(
                "kept from their own office",
                try texts(
                    "SELECT key FROM register WHERE peer>0 AND (key=?1 OR substr(key,1,length(?2))=?2) AND length(value)>0 ORDER BY 1",
                    .text("vcard/" + bare), .text("pep/" + bare + "/"))),
            HeldData(
                "in archives of others", count: try number("SELECT count(*) FROM archive WHERE peer=?", jid)),
            HeldData(
                "said in rooms", count: try number("SELECT count(*) FROM room_archive WHERE sender=?", jid)),
            HeldData(
                "mail that waits",
                count: try number("SELECT count(*) FROM outbox WHERE sender=?1 OR recipient=?1", jid)),
        ]
        if let localpart {
            found.append(
                HeldData(
                    "note that they left",
                    count: try number("SELECT count(*) FROM former WHERE localpart=?", .text(localpart))))
            found.append(
                HeldData(
                    "acts about them",
                    count: try number("SELECT count(*) FROM act WHERE subject=?", .text(localpart))))
        }
        return found
    }

    /// What stays in notes after an account was removed.
    package func forgetTraces(of localpart: String, account: Int64?) throws(StorageError) {
        try forgetFormer(localpart)
        try run("UPDATE invitation SET used_by='' WHERE used_by=?", .text(localpart))
        try run(
            "UPDATE invitation SET localpart=NULL WHERE localpart=? AND used_by IS NOT NULL", .text(localpart)
        )
        try run("DELETE FROM act WHERE subject=? OR administrator=?", .text(localpart), .text(localpart))
        if let account { try run("DELETE FROM message_state WHERE account=?", .integer(account)) }
    }

    private func number(_ sql: String, _ value: SQLValue) throws(StorageError) -> Int {
        try first(sql, value) { $0.int(0) } ?? 0
    }

    private func texts(_ sql: String, _ account: Int64) throws(StorageError) -> [String] {
        try rows(sql + " LIMIT \(Self.heldNames)", .integer(account)) { $0.text(0) }
    }

    private func texts(_ sql: String, _ value: SQLValue) throws(StorageError) -> [String] {
        try rows(sql + " LIMIT \(Self.heldNames)", value) { $0.text(0) }
    }

    private func texts(_ sql: String, _ value: SQLValue, _ other: SQLValue) throws(StorageError) -> [String] {
        try rows(sql + " LIMIT \(Self.heldNames)", value, other) { $0.text(0) }
    }
}

extension HeldData {
    fileprivate init(_ what: String, _ names: [String]) { self.init(what, count: names.count, names: names) }
}

extension Store {
    /// Everything that this box holds about an address.
    /// - Parameter localpart: of somebody who has, or had, an account here.
    package func heldData(of bare: String, localpart: String?) throws(StorageError) -> [HeldData] {
        var found: [HeldData] = []
        if let localpart, let account = account(localpart) {
            found = try reader.held(ofAccount: account.id, localpart: localpart)
            let files = try uploads(ofAccount: account.id)
            found.append(HeldData("uploaded files", files.map(\.name)))
        }
        return try found + reader.held(of: bare, localpart: localpart)
    }

    /// After the account was removed: what its name is still in.
    package func forgetTraces(of localpart: String, account: Int64?, then done: @escaping Journal.Completion)
    {
        journal.commit({ try $0.forgetTraces(of: localpart, account: account) }) { error in
            if error == nil { self.forgetFormerPerson(localpart) }
            done(error)
        }
    }
}
