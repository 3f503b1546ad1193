/// A secret that stands for a password on one device (XEP-0484).
package struct LoginToken: Sendable, Equatable {
    package enum Slot: Int64, Sendable {
        case current = 0
        case new = 1
    }

    package let account: Int64
    /// Names the device: a digest of the client's user-agent id.
    package let client: [UInt8]
    package var slot: Slot
    /// The one SASL mechanism that it is good for.
    package let mechanism: String
    package let secret: [UInt8]
    /// Wall milliseconds.
    package let issued: UInt64
    package let expires: UInt64
    /// The highest count that a login with it has named.
    package var count: Int64

    package init(
        account: Int64, client: [UInt8], slot: Slot, mechanism: String, secret: [UInt8], issued: UInt64,
        expires: UInt64,
        count: Int64 = 0
    ) {
        self.account = account
        self.client = client
        self.slot = slot
        self.mechanism = mechanism
        self.secret = secret
        self.issued = issued
        self.expires = expires
        self.count = count
    }
}

enum TokenSchema {
    static let first = """
        CREATE TABLE token (
            account INTEGER NOT NULL, client BLOB NOT NULL, slot INTEGER NOT NULL,
            mechanism TEXT NOT NULL, secret BLOB NOT NULL,  -- sealed like a payload, row id: the account's
            issued INTEGER NOT NULL, expires INTEGER NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (account, client, slot)
        ) WITHOUT ROWID;
        """
}

extension Store {
    /// The tokens of one device, the newer one first.
    package func tokens(account: Int64, client: [UInt8]) throws(StorageError) -> [LoginToken] {
        try reader.rows(
            """
            SELECT slot, mechanism, secret, issued, expires, count FROM token WHERE account=? AND client=?
            ORDER BY slot DESC
            """, .integer(account), .blob(client)
        ) { row throws(StorageError) in
            LoginToken(
                account: account, client: client, slot: row.int64(0) == 0 ? .current : .new,
                mechanism: row.text(1),
                secret: try self.cipher.open(row.blob(2), row: account), issued: row.uint64(3),
                expires: row.uint64(4), count: row.int64(5))
        }
    }

    package func put(_ token: LoginToken) -> Journal.Job {
        let sealed = cipher.seal(token.secret, row: token.account)
        return { database in
            try database.run(
                """
                INSERT OR REPLACE INTO token (account, client, slot, mechanism, secret, issued, expires, count)
                VALUES (?,?,?,?,?,?,?,?)
                """,
                .integer(token.account), .blob(token.client), .integer(token.slot.rawValue),
                .text(token.mechanism),
                .blob(sealed), .int(token.issued), .int(token.expires), .integer(token.count))
        }
    }
}

extension Database {
    /// Devices of one account that hold a token at most; the oldest go.
    private static let devices = 32

    package func removeToken(account: Int64, client: [UInt8], slot: LoginToken.Slot?) throws(StorageError) {
        if let slot {
            try run(
                "DELETE FROM token WHERE account=? AND client=? AND slot=?", .integer(account), .blob(client),
                .integer(slot.rawValue))
        } else {
            try run("DELETE FROM token WHERE account=? AND client=?", .integer(account), .blob(client))
        }
    }

    /// All tokens of an account: after a new password, when its sessions are revoked, when it is closed.
    package func removeTokens(account: Int64) throws(StorageError) {
        try run("DELETE FROM token WHERE account=?", .integer(account))
    }

    package func trimTokens(account: Int64, now: UInt64) throws(StorageError) {
        try run("DELETE FROM token WHERE account=? AND expires<?", .integer(account), .int(now))
        try run(
            """
            DELETE FROM token WHERE account=?1 AND client NOT IN
            (SELECT client FROM token WHERE account=?1 GROUP BY client ORDER BY max(issued) DESC LIMIT ?2)
            """, .integer(account), .int(Self.devices))
    }
}
