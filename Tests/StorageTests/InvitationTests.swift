import Storage
import Testing

@Suite("invitations")
struct InvitationTests {
    @Test("a token has 128 secret bits behind its name, and each is new")
    func tokens() {
        let (token, invitation) = Invitation.draw(localpart: "asma", days: 7, now: 1_000)
        #expect(token.utf8.count == 40)
        #expect(token.hasPrefix(invitation.name) && invitation.name.utf8.count == 8)
        #expect(invitation.digest.count == 32)
        #expect(invitation.expires == 1_000 + 7 * 86_400_000)
        #expect(Invitation.draw(localpart: nil, days: 7, now: 1_000).token != token)
    }

    @Test("an invitation is good for a day at least and a year at most")
    func days() {
        #expect(Invitation.draw(localpart: nil, days: 0, now: 0).invitation.expires == 86_400_000)
        #expect(Invitation.draw(localpart: nil, days: .max, now: 0).invitation.expires == 365 * 86_400_000)
    }
}
