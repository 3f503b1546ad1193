/// What `privacy show` and `privacy erase` answer.
struct PrivacyDocument: Decodable {
    struct Held: Decodable {
        let what: String
        let count: Int
        let names: [String]
    }

    let jid: String
    let account: Bool
    let office: String?
    let held: [Held]

    var human: String {
        let who =
            account
            ? "an account of this box" : office.map { "somebody of \($0)" } ?? "no account of this box"
        guard !held.isEmpty else { return "\(jid) (\(who)): this box holds nothing\n" }
        return "\(jid) (\(who)): this box holds\n" + list
    }

    var humanAfterErasure: String {
        guard !held.isEmpty else { return "\(jid) is erased; nothing is left here\n" }
        return "\(jid) is erased. What is left belongs to others:\n" + list
    }

    private var list: String {
        var table = Table(indent: 2)
        for item in held {
            let shown = item.names.prefix(5).joined(separator: ", ")
            table.add([item.what, "\(item.count)", item.names.count > 5 ? shown + ", …" : shown])
        }
        return table.text
    }
}

/// What `privacy sweep` answers.
struct SweepDocument: Decodable {
    let removed: Int
}
