internal import Bundles

/// An invitation to make an account (XEP-0401), good for one registration.
package struct Invitation: Sendable, Equatable {
    /// BLAKE2b-256 of the token: a database invites nobody.
    package let digest: [UInt8]
    /// The token's first 8 characters: enough to tell invitations apart, too few to use one.
    package let name: String
    /// The account that it is for; nil lets the invited person choose.
    package let localpart: String?
    /// Wall milliseconds.
    package let created: UInt64
    package let expires: UInt64
    /// The account that was made with it; nil while it is open.
    package var usedBy: String?

    /// Characters of a token that name it, and that are behind them: 128 random bits as hexadecimal digits.
    package static let nameLength = 8
    package static let secretLength = 32
    /// How long an invitation may be good, days.
    package static let days = 1...365

    /// Draws a token; only its digest is in the invitation.
    package static func draw(
        localpart: String?, days: Int, now: UInt64
    ) -> (token: String, invitation: Invitation) {
        let digits = Array("0123456789abcdef")
        let token = String(
            Sodium.randomBytes((nameLength + secretLength) / 2).flatMap {
                [digits[Int($0 >> 4)], digits[Int($0 & 15)]]
            })
        let span = UInt64(min(max(days, Self.days.lowerBound), Self.days.upperBound)) * 86_400_000
        return (
            token,
            Invitation(
                digest: digest(of: token), name: String(token.prefix(nameLength)), localpart: localpart,
                created: now, expires: now + span)
        )
    }

    static func digest(of token: String) -> [UInt8] { Sodium.blake2b(32, Array(token.utf8)) }
}

enum InvitationSchema {
    static let table = """
        CREATE TABLE invitation (
            digest BLOB PRIMARY KEY,                -- BLAKE2b-256 of the token
            name TEXT NOT NULL,                     -- the token's first 8 characters
            localpart TEXT,
            created INTEGER NOT NULL, expires INTEGER NOT NULL,     -- wall
            used_by TEXT
        ) WITHOUT ROWID;
        """
}

extension Database {
    /// The newest first.
    package func invitations() throws(StorageError) -> [Invitation] {
        try rows(
            """
            SELECT digest, name, localpart, created, expires, used_by FROM invitation
            ORDER BY created DESC, name
            """
        ) { row in
            Invitation(
                digest: row.blob(0), name: row.text(1), localpart: row.isNull(2) ? nil : row.text(2),
                created: row.uint64(3), expires: row.uint64(4), usedBy: row.isNull(5) ? nil : row.text(5))
        }
    }

    func put(_ invitation: Invitation) throws(StorageError) {
        try run(
            """
            INSERT INTO invitation (digest, name, localpart, created, expires, used_by)
            VALUES (?,?,?,?,?,?)
            """, .blob(invitation.digest), .text(invitation.name), .optional(invitation.localpart),
            .int(invitation.created), .int(invitation.expires), .optional(invitation.usedBy))
    }

    func use(invitation digest: [UInt8], by localpart: String) throws(StorageError) {
        try run("UPDATE invitation SET used_by=? WHERE digest=?", .text(localpart), .blob(digest))
    }

    func removeInvitation(_ digest: [UInt8]) throws(StorageError) {
        try run("DELETE FROM invitation WHERE digest=?", .blob(digest))
    }
}
