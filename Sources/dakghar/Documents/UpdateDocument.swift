/// What `update apply` prints.
struct UpdateDocument: Encodable {
    var version = 1
    let from: String
    let to: String
    let program: String
    let previous: String
    /// False when this program is in place already.
    let applied: Bool

    var human: String {
        guard applied else { return "\(program) is this program already; nothing was changed\n" }
        return """
            \(program) is version \(to) now; version \(from) is kept as \(previous)
            It takes effect with the next start: systemctl restart dakghar

            """
    }
}
