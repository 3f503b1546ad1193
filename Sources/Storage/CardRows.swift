/// An account of this office whose contact card another office should have.
package struct CardNotice: Sendable, Equatable {
    package let localpart: String
    /// Changes with every write of the card: the random nonce that its seal begins with.
    package let tag: [UInt8]
}

extension Database {
    func putCard(_ sealed: [UInt8], account: Int64) throws(StorageError) {
        try run(
            "INSERT OR REPLACE INTO vcard (account, bytes) VALUES (?,?)", .integer(account), .blob(sealed))
    }

    func card(account: Int64) throws(StorageError) -> [UInt8]? {
        try first("SELECT bytes FROM vcard WHERE account=?", .integer(account)) { $0.blob(0) }
    }

    /// The tag of an account's card, or nil when it has none.
    package func cardTag(account: Int64) throws(StorageError) -> [UInt8]? {
        try first("SELECT substr(bytes,1,24) FROM vcard WHERE account=?", .integer(account)) { $0.blob(0) }
    }

    /// The cards of the oldest accounts.
    package func cards(limit: Int) throws(StorageError) -> [CardNotice] {
        try rows(
            """
            SELECT localpart, substr(bytes,1,24) FROM vcard
            JOIN (SELECT id, localpart FROM account ORDER BY id LIMIT ?) ON id=vcard.account
            ORDER BY localpart
            """, .int(limit)
        ) { CardNotice(localpart: $0.text(0), tag: $0.blob(1)) }
    }

    /// Everybody with a card who has a contact of this domain, or under it, with a subscription.
    package func cards(forContactsIn domain: String) throws(StorageError) -> [CardNotice] {
        try rows(
            """
            SELECT localpart, substr(bytes,1,24) FROM vcard JOIN account ON account.id=vcard.account
            WHERE EXISTS (SELECT 1 FROM roster WHERE roster.account=vcard.account AND subscription&3
            AND substr(jid,-length(?1)-1) IN ('@'||?1, '.'||?1)) ORDER BY localpart
            """, .text(domain)
        ) { CardNotice(localpart: $0.text(0), tag: $0.blob(1)) }
    }
}

extension Store {
    /// An account's contact card as it was set, or nil.
    package func card(of account: Int64) throws(StorageError) -> [UInt8]? {
        guard let sealed = try reader.card(account: account) else { return nil }
        return try cipher.open(sealed, row: -account)
    }

    /// Replaces an account's contact card.
    /// - Returns: the tag of the new one.
    package func setCard(
        _ card: [UInt8], of account: Int64, then done: @escaping Journal.Completion
    ) -> [UInt8] {
        let sealed = cipher.seal(card, row: -account)
        journal.commit({ try $0.putCard(sealed, account: account) }, then: done)
        return Array(sealed.prefix(24))
    }
}
