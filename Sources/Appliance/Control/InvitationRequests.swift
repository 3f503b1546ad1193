internal import Console
internal import Relay
internal import Storage
internal import XMPP

extension ControlHandler {
    /// Days for which an invitation is good when nobody says otherwise.
    private static let usualDays = 7

    func invite(_ arguments: [String: String], _ reply: @escaping Reply) {
        let domain = box.configuration.box.domain
        var localpart: String?
        if let name = arguments["localpart"] {
            localpart = (try? JID(localpart: name, domain: domain, resource: nil))?.localpart
            guard let localpart else {
                return reply(
                    .failure(ExitStatus.badInput, "'\(name)' cannot be the part before the @ of an address."))
            }
            guard !box.store.isTaken(localpart) else {
                return reply(.failure(ExitStatus.failed, "\(localpart)@\(domain) exists already."))
            }
        }
        let days = arguments["days"].map { Int($0) ?? 0 } ?? Self.usualDays
        guard Invitation.days.contains(days) else {
            let (least, most) = (Invitation.days.lowerBound, Invitation.days.upperBound)
            return reply(
                .failure(ExitStatus.badInput, "An invitation is good for \(least) to \(most) days."))
        }
        let now = box.store.wallNow()
        guard box.store.invitations.all.count < Invitations.limit else {
            return reply(
                .failure(
                    ExitStatus.failed, "There are \(Invitations.limit) invitations; 'user uninvite' some."))
        }
        let (token, invitation) = Invitation.draw(localpart: localpart, days: days, now: now)
        let links = InvitationLinks(token: token, localpart: localpart, domain: domain)
        let page = box.configuration.listen.web.map {
            box.webSettings(port: Int($0.port)).address(of: links.path)
        }
        box.store.invite(invitation) { error in
            reply(
                error.map { .failure(ExitStatus.failed, $0.description) }
                    ?? .document(
                        InvitationDocument(
                            name: invitation.name, jid: Explicit(localpart.map { "\($0)@\(domain)" }),
                            uri: links.uri, page: Explicit(page), expires: invitation.expires)))
        }
    }

    func invitationList() -> ControlResponse {
        let now = box.store.wallNow()
        return .document(
            InvitationListDocument(
                invitations: box.store.invitations.all.map { invitation in
                    .init(
                        name: invitation.name, jid: Explicit(invitation.localpart.map(address)),
                        state: invitation.usedBy != nil
                            ? "used" : invitation.expires > now ? "open" : "expired",
                        usedBy: Explicit(invitation.usedBy.map(address)), created: invitation.created,
                        expires: invitation.expires)
                }))
    }

    func uninvite(_ arguments: [String: String], _ reply: @escaping Reply) {
        // A whole token names its invitation, too.
        let name = arguments["name"]?.lowercased() ?? ""
        let found = box.store.invitations.all.filter {
            !name.isEmpty && ($0.name.hasPrefix(name) || name.hasPrefix($0.name))
        }
        guard let invitation = found.first, found.count == 1 else {
            let text =
                found.isEmpty
                ? "There is no invitation '\(name)'; 'user invites' shows them."
                : "\(found.count) invitations begin with '\(name)'; give more of it."
            return reply(.failure(ExitStatus.badInput, text))
        }
        box.store.uninvite(invitation) { error in
            reply(error.map { .failure(ExitStatus.failed, $0.description) } ?? ControlResponse())
        }
    }

    private func address(_ localpart: String) -> String {
        "\(localpart)@\(box.configuration.box.domain)"
    }
}

struct InvitationDocument: Encodable {
    var version = 1
    /// What `user uninvite` takes.
    let name: String
    /// Null when the invited person chooses the name.
    let jid: Explicit<String>
    let uri: String
    /// Null without an HTTPS port.
    let page: Explicit<String>
    let expires: UInt64
}

struct InvitationListDocument: Encodable {
    struct Entry: Encodable {
        let name: String
        let jid: Explicit<String>
        let state: String
        let usedBy: Explicit<String>
        let created: UInt64
        let expires: UInt64

        enum CodingKeys: String, CodingKey {
            case name, jid, state, created, expires
            case usedBy = "used-by"
        }
    }

    var version = 1
    let invitations: [Entry]
}
