/// What somebody may do in a room while being there (XEP-0045 §5.1), lowest first.
package enum RoomRole: Int, Comparable, Sendable, CaseIterable {
    case none, visitor, participant, moderator

    package var text: String {
        switch self {
        case .none: "none"
        case .visitor: "visitor"
        case .participant: "participant"
        case .moderator: "moderator"
        }
    }

    package init?(text: String) {
        guard let found = Self.allCases.first(where: { $0.text == text }) else { return nil }
        self = found
    }

    package static func < (left: RoomRole, right: RoomRole) -> Bool { left.rawValue < right.rawValue }
}

/// Why a change in a room is not allowed.
package enum RoomRefusal: Error, Sendable, Equatable {
    /// The actor's privileges do not reach so far (`forbidden`).
    case forbidden
    /// Nobody of the actor's standing may do this to the target (`not-allowed`).
    case notAllowed
    /// Nobody bans themselves, and the last owner stays (`conflict`).
    case conflict
}

/// Who may change whom (XEP-0045 §5, §8 to §10): pure rules.
package enum RoomPrivileges {
    /// The role with which somebody enters (§5.1.2).
    package static func initialRole(_ affiliation: Affiliation, isModerated: Bool) -> RoomRole {
        switch affiliation {
        case .owner, .admin: .moderator
        case .member: .participant
        case .none: isModerated ? .visitor : .participant
        case .outcast: .none
        }
    }

    /// Changing a role: voice, moderator, kick (role none).
    package static func checkRole(
        actor: (role: RoomRole, affiliation: Affiliation), target: (role: RoomRole, affiliation: Affiliation),
        to role: RoomRole
    ) throws(RoomRefusal) {
        guard actor.role == .moderator else { throw .forbidden }
        if role == .moderator || (target.role == .moderator && role != .none) {
            guard actor.affiliation >= .admin else { throw .forbidden }
        }
        guard role < target.role else { return }
        // Taking something away: never from those above, nor from an equal who is an admin or owner.
        guard target.affiliation <= actor.affiliation else { throw .notAllowed }
        if target.affiliation >= .admin {
            guard role == .none, target.affiliation < actor.affiliation else { throw .notAllowed }
        }
        if target.role == .moderator, actor.affiliation < .admin { throw .notAllowed }
    }

    /// Changing an affiliation.
    /// - Parameters:
    ///   - isSelf: whether the actor changes its own.
    ///   - owners: how many owners the room has now.
    package static func checkAffiliation(
        actor: Affiliation, target: Affiliation, to new: Affiliation, isSelf: Bool, owners: Int
    ) throws(RoomRefusal) {
        guard actor >= .admin else { throw .forbidden }
        if isSelf, new == .outcast { throw .conflict }
        if target == .owner, new != .owner, owners <= 1 { throw .conflict }
        if actor == .owner { return }
        guard target < .admin, new < .admin else { throw .notAllowed }
    }
}
