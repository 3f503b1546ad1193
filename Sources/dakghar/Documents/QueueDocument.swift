/// What `queue list` answers.
struct QueueDocument: Decodable {
    struct Entry: Decodable {
        var peer: String
        var `class`: String
        var state: String?
        var reason: String?
        var bytes: Int?
        var accepted: Int?
        var expires: Int?
    }

    var entries: [Entry]

    func human(now: Int) -> String {
        guard !entries.isEmpty else { return "nothing waits\n" }
        var table = Table(["peer", "class", "state", "size", "accepted", "expires", "reason"])
        for entry in entries {
            table.add([
                entry.peer, entry.class, entry.state ?? "-", entry.bytes.map(HumanText.bytes) ?? "-",
                HumanText.time(entry.accepted, now: now), HumanText.time(entry.expires, now: now),
                entry.reason ?? "",
            ])
        }
        return table.text
    }
}
