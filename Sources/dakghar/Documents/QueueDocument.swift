/// What `queue list` answers.
struct QueueDocument: Decodable {
    struct Entry: Decodable {
        var id: Int?
        var peer: String
        var `class`: String
        var state: String?
        var reason: String?
        var bytes: Int?
        var accepted: Int?
        var expires: Int?
    }

    /// A standing order to hold mail back.
    struct Hold: Decodable {
        var peer: String?
        var `class`: String?
        var since: Int?

        var text: String {
            let what = `class` == nil ? "everything" : "class \(`class` ?? "")"
            return "held back as it comes: \(what) for \(peer ?? "every peer")"
        }
    }

    var entries: [Entry]
    var holds: [Hold]?

    func human(now: Int) -> String {
        let orders = (holds ?? []).map { $0.text + "\n" }.joined()
        guard !entries.isEmpty else { return "nothing waits\n" + orders }
        var table = Table(["id", "peer", "class", "state", "size", "accepted", "expires", "reason"])
        for entry in entries {
            table.add([
                entry.id.map(String.init) ?? "-", entry.peer, entry.class, entry.state ?? "-",
                entry.bytes.map(HumanText.bytes) ?? "-",
                HumanText.time(entry.accepted, now: now), HumanText.time(entry.expires, now: now),
                entry.reason ?? "",
            ])
        }
        return table.text + orders
    }
}

/// What `queue hold`, `release` and `drop` answer.
struct QueueOrderDocument: Decodable {
    var action: String
    var entries: Int
    var holds: [QueueDocument.Hold]?

    var human: String {
        let done = ["hold": "held back", "release": "let go", "drop": "dropped"][action] ?? action
        let orders = (holds ?? []).map { $0.text + "\n" }.joined()
        return "\(entries) \(entries == 1 ? "entry" : "entries") \(done)\n" + orders
    }
}
