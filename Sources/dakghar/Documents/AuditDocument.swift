/// What `audit` answers.
struct AuditDocument: Decodable {
    struct Entry: Decodable {
        var time: Int
        var administrator: String?
        var command: String
        var subject: String
        var code: Int
    }

    var acts: [Entry]

    func human(now: Int) -> String {
        guard !acts.isEmpty else { return "nothing was done yet\n" }
        var table = Table(["when", "who", "what", "about", "ended"])
        for act in acts {
            table.add([
                HumanText.time(act.time, now: now), act.administrator ?? "command line",
                act.command.split(separator: ".").joined(separator: " "), act.subject,
                act.code == 0 ? "done" : "failed (\(act.code))",
            ])
        }
        return table.text
    }
}
