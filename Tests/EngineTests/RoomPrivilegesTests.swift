import Engine
import Testing

@Suite("Who may change whom in a room")
struct RoomPrivilegesTests {
    private func role(
        _ actor: (RoomRole, Affiliation), _ target: (RoomRole, Affiliation), _ new: RoomRole
    ) -> RoomRefusal? {
        do {
            try RoomPrivileges.checkRole(actor: actor, target: target, to: new)
            return nil
        } catch {
            return error
        }
    }

    private func affiliation(
        _ actor: Affiliation, _ target: Affiliation, _ new: Affiliation, isSelf: Bool = false, owners: Int = 2
    ) -> RoomRefusal? {
        do {
            try RoomPrivileges.checkAffiliation(
                actor: actor, target: target, to: new, isSelf: isSelf, owners: owners)
            return nil
        } catch {
            return error
        }
    }

    @Test("only moderators kick, and never those above them", arguments: Affiliation.allCases)
    func kick(target: Affiliation) {
        #expect(role((.participant, .owner), (.participant, target), .none) == .forbidden)
        let byModerator = role((.moderator, .member), (.participant, target), .none)
        #expect((byModerator == nil) == (target <= .member))
        #expect(
            role((.moderator, .owner), (.moderator, target), .none) == (target == .owner ? .notAllowed : nil))
    }

    @Test("an administrator does not kick another administrator")
    func equals() {
        #expect(role((.moderator, .admin), (.moderator, .admin), .none) == .notAllowed)
        #expect(role((.moderator, .admin), (.moderator, .none), .none) == nil)
    }

    @Test("moderators give voice, administrators make moderators")
    func voice() {
        #expect(role((.moderator, .none), (.visitor, .none), .participant) == nil)
        #expect(role((.moderator, .none), (.participant, .none), .moderator) == .forbidden)
        #expect(role((.moderator, .admin), (.participant, .none), .moderator) == nil)
        #expect(role((.moderator, .none), (.participant, .admin), .visitor) == .notAllowed)
        #expect(role((.moderator, .owner), (.moderator, .admin), .participant) == .notAllowed)
    }

    @Test(
        "below an administrator nobody changes an affiliation",
        arguments: [Affiliation.outcast, .none, .member])
    func lowly(actor: Affiliation) {
        for new in Affiliation.allCases {
            #expect(affiliation(actor, .none, new) == .forbidden)
            #expect(affiliation(actor, actor, new, isSelf: true) == .forbidden)
        }
    }

    @Test("an administrator makes members and bans, and touches no administrator or owner")
    func admin() {
        #expect(affiliation(.admin, .none, .member) == nil)
        #expect(affiliation(.admin, .member, .outcast) == nil)
        for new in [Affiliation.admin, .owner] { #expect(affiliation(.admin, .none, new) == .notAllowed) }
        for target in [Affiliation.admin, .owner] {
            for new in Affiliation.allCases { #expect(affiliation(.admin, target, new) != nil) }
        }
        #expect(affiliation(.admin, .admin, .owner, isSelf: true) == .notAllowed)
    }

    @Test("a room keeps an owner, and nobody bans themselves")
    func lastOwner() {
        #expect(affiliation(.owner, .owner, .admin, isSelf: true, owners: 1) == .conflict)
        #expect(affiliation(.owner, .owner, .admin, isSelf: true, owners: 2) == nil)
        #expect(affiliation(.owner, .owner, .outcast, isSelf: true) == .conflict)
        #expect(affiliation(.admin, .admin, .outcast, isSelf: true) == .conflict)
    }

    @Test("who enters has the role of the affiliation")
    func entering() {
        #expect(RoomPrivileges.initialRole(.owner, isModerated: true) == .moderator)
        #expect(RoomPrivileges.initialRole(.member, isModerated: true) == .participant)
        #expect(RoomPrivileges.initialRole(.none, isModerated: true) == .visitor)
        #expect(RoomPrivileges.initialRole(.none, isModerated: false) == .participant)
        #expect(RoomPrivileges.initialRole(.outcast, isModerated: false) == .none)
    }
}
