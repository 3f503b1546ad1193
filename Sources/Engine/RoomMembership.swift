/// A long-lived association with a room (XEP-0045 §5.2), lowest first.
package enum Affiliation: Int, Comparable, Sendable, CaseIterable {
    case outcast, none, member, admin, owner

    package var text: String {
        switch self {
        case .outcast: "outcast"
        case .none: "none"
        case .member: "member"
        case .admin: "admin"
        case .owner: "owner"
        }
    }

    package init?(text: String) {
        guard let found = Self.allCases.first(where: { $0.text == text }) else { return nil }
        self = found
    }

    package static func < (left: Affiliation, right: Affiliation) -> Bool { left.rawValue < right.rawValue }
}

/// One person's entry in the lists of a room.
package struct RoomMembership: Hashable, Sendable {
    package var affiliation: Affiliation
    /// A nickname kept for the person, if any.
    package var nick: String?
    package var reason: String?

    package init(_ affiliation: Affiliation, nick: String? = nil, reason: String? = nil) {
        self.affiliation = affiliation
        self.nick = nick
        self.reason = reason
    }

    /// As a register's value: affiliation, nickname, reason, one a line.
    package var encoded: String {
        [affiliation.text, Self.line(nick), Self.line(reason)].joined(separator: "\n")
    }

    package init?(encoded: String) {
        let lines = encoded.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count == 3, let affiliation = Affiliation(text: lines[0]) else { return nil }
        self.init(
            affiliation, nick: lines[1].isEmpty ? nil : lines[1], reason: lines[2].isEmpty ? nil : lines[2])
    }

    private static func line(_ text: String?) -> String {
        String((text ?? "").map { $0.isNewline ? " " : $0 })
    }
}

extension RoomState {
    package static let affiliationPrefix = "affiliation/"

    /// - Parameter jid: a bare JID.
    package func membership(of jid: String) -> RoomMembership? {
        self[Self.affiliationPrefix + jid].flatMap { RoomMembership(encoded: $0) }
    }

    package func affiliation(of jid: String) -> Affiliation { membership(of: jid)?.affiliation ?? .none }

    /// The registers of people who were taken off the lists, beyond the newest `limit`, oldest first. What is
    /// taken away stays as an empty register, so that an older value of another box does not come back; after
    /// so many changes that box has heard of it.
    package func forgettable(keeping limit: Int) -> [String] {
        let empty = registers.filter { $0.value.value == nil && $0.key.hasPrefix(Self.affiliationPrefix) }
        guard empty.count > limit else { return [] }
        return empty.sorted { $0.value.version < $1.value.version }.prefix(empty.count - limit).map(\.key)
    }

    /// Everybody with an affiliation other than none, by bare JID, in the order of their JIDs.
    package var memberships: [(jid: String, membership: RoomMembership)] {
        registers.compactMap { name, register in
            guard name.hasPrefix(Self.affiliationPrefix), let value = register.value,
                let membership = RoomMembership(encoded: value), membership.affiliation != .none
            else { return nil }
            return (String(name.dropFirst(Self.affiliationPrefix.count)), membership)
        }.sorted { $0.jid < $1.jid }
    }
}
