/// What `user add` and `user password` answer.
struct UserDocument: Decodable {
    var jid: String
    /// Only if the box made it.
    var password: String?

    var human: String { password.map { "\(jid)\npassword: \($0)\n" } ?? "\(jid)\n" }
}

/// What `user list` answers.
struct UserListDocument: Decodable {
    struct User: Decodable {
        var jid: String
        var admin: Bool?
        var sessions: Int?
    }

    var users: [User]

    var human: String {
        guard !users.isEmpty else { return "no users; make one with dakghar user add NAME\n" }
        var table = Table(["user", "sessions", "notes"])
        for user in users {
            table.add([user.jid, user.sessions.map(String.init) ?? "-", user.admin == true ? "admin" : ""])
        }
        return table.text
    }
}
