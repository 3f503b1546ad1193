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
        var disabled: Bool?
        var section: String?
        var sessions: Int?
    }

    var users: [User]

    var human: String {
        guard !users.isEmpty else { return "no users; make one with dakghar user add NAME\n" }
        var table = Table(["user", "sessions", "notes"])
        for user in users {
            table.add([user.jid, user.sessions.map(String.init) ?? "-", notes(user)])
        }
        return table.text
    }

    private func notes(_ user: User) -> String {
        [user.section, user.admin == true ? "admin" : nil, user.disabled == true ? "closed" : nil].compactMap
        { $0 }
        .joined(separator: ", ")
    }
}

/// What `user sessions` answers.
struct SessionListDocument: Decodable {
    struct Session: Decodable {
        var resource: String
        var connected: Bool
        var seconds: Int
    }

    var jid: String
    var sessions: [Session]

    var human: String {
        guard !sessions.isEmpty else { return "\(jid) has no session\n" }
        var table = Table(["session", "state", "last heard"])
        for session in sessions {
            table.add([
                session.resource, session.connected ? "connected" : "waits for its client",
                "\(session.seconds) s ago",
            ])
        }
        return table.text
    }
}
