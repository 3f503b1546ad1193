/// The invitations of a box, in memory and on the disk.
package struct Invitations {
    private var byDigest: [[UInt8]: Invitation]
    /// Those whose registration is on its way to the disk.
    private var inUse: Set<[UInt8]> = []

    /// Invitations that are kept, used and expired ones included.
    package static let limit = 1_000
    /// How long a used or expired invitation is still listed, milliseconds.
    static let memoryMs: UInt64 = 30 * 86_400_000

    init(_ invitations: [Invitation]) {
        byDigest = Dictionary(invitations.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The newest first.
    package var all: [Invitation] {
        byDigest.values.sorted { ($0.created, $0.name) > ($1.created, $1.name) }
    }

    /// The open invitation with this token, if it has not expired.
    package func open(token: String, now: UInt64) -> Invitation? {
        guard token.utf8.count == Invitation.nameLength + Invitation.secretLength else { return nil }
        return byDigest[Invitation.digest(of: token)].flatMap {
            isOpen($0) && $0.expires > now ? $0 : nil
        }
    }

    /// Whether it can still be used, were it not for its time: that counts when the token is shown only
    /// (XEP-0445 §4).
    package func isOpen(_ invitation: Invitation) -> Bool {
        byDigest[invitation.digest].map { $0.usedBy == nil } ?? false && !inUse.contains(invitation.digest)
    }

    /// Whether an open invitation keeps this name for somebody (XEP-0445 §5).
    package func reserves(_ localpart: String, now: UInt64) -> Bool {
        byDigest.values.contains { $0.localpart == localpart && $0.expires > now && isOpen($0) }
    }

    fileprivate mutating func insert(_ invitation: Invitation) { byDigest[invitation.digest] = invitation }
    fileprivate mutating func remove(_ digest: [UInt8]) { byDigest[digest] = nil }
    fileprivate func outdated(now: UInt64) -> [[UInt8]] {
        byDigest.values.filter { $0.expires + Self.memoryMs < now }.map(\.digest)
    }

    mutating func begin(_ digest: [UInt8]) { inUse.insert(digest) }

    /// The registration is on the disk, or (nil) was not taken.
    mutating func end(_ digest: [UInt8], usedBy localpart: String?) {
        inUse.remove(digest)
        if let localpart { byDigest[digest]?.usedBy = localpart }
    }
}

extension Store {
    /// Keeps a new invitation; forgets those that are long over.
    package func invite(_ invitation: Invitation, then done: @escaping Journal.Completion) {
        let outdated = invitations.outdated(now: invitation.created)
        for digest in outdated { invitations.remove(digest) }
        journal.commit({ database in
            for digest in outdated { try database.removeInvitation(digest) }
            try database.put(invitation)
        }) { error in
            if error == nil { self.invitations.insert(invitation) }
            done(error)
        }
    }

    /// Takes an invitation back at once.
    package func uninvite(_ invitation: Invitation, then done: @escaping Journal.Completion) {
        invitations.remove(invitation.digest)
        journal.commit({ try $0.removeInvitation(invitation.digest) }) { error in
            if error != nil { self.invitations.insert(invitation) }
            done(error)
        }
    }
}
