/// What `user invite` answers.
struct InvitationDocument: Decodable {
    var name: String
    var jid: String?
    var uri: String
    var page: String?
    var expires: Int

    var human: String {
        "\(uri)\n" + (page.map { "\($0)\n" } ?? "")
            + "\(jid ?? "The invited person chooses the name"); good until \(HumanText.date(expires)); "
            + "take it back with dakghar user uninvite \(name)\n"
    }
}

/// What `user invites` answers.
struct InvitationListDocument: Decodable {
    struct Entry: Decodable {
        var name: String
        var jid: String?
        var state: String
        var usedBy: String?
        var expires: Int

        enum CodingKeys: String, CodingKey {
            case name, jid, state, expires
            case usedBy = "used-by"
        }
    }

    var invitations: [Entry]

    var human: String {
        guard !invitations.isEmpty else { return "no invitations; make one with dakghar user invite\n" }
        var table = Table(["invitation", "for", "state", "until"])
        for entry in invitations {
            table.add([
                entry.name, entry.usedBy ?? entry.jid ?? "anybody", entry.state,
                HumanText.date(entry.expires),
            ])
        }
        return table.text
    }
}
