/// What waits on one box for another, and how its line is.
struct DemoFlow: Equatable {
    let from: String
    let to: String
    var count: Int
    var bytes: Int
    /// State of the way that it has to take: "up", "degraded", "down", "unknown".
    var line: String
    /// When that state began, milliseconds since 1970.
    var since: Int?

    /// "finance→interior: 3 waiting (1.2 KiB), line down since 14:05:01"
    func text(now: Int) -> String {
        let waiting = count == 0 ? "nothing waits" : "\(count) waiting (\(HumanText.bytes(bytes)))"
        let start = since.map { " since \(HumanText.time($0, now: now))" } ?? ""
        return "\(from)→\(to): \(waiting), line \(line)\(start)"
    }

    /// The flows in one box's status: between offices the line is the one to the hub.
    static func all(in status: StatusDocument, others: [String], hub: String) -> [DemoFlow] {
        others.map { other in
            let next = status.box.name == hub ? other : hub
            let link = status.links?.first { $0.peer == next }
            let waiting = (status.queue ?? []).filter { $0.peer == other }
            return DemoFlow(
                from: status.box.name, to: other, count: waiting.reduce(0) { $0 + $1.count },
                bytes: waiting.reduce(0) { $0 + $1.bytes }, line: link?.state ?? "unknown", since: link?.since
            )
        }
    }
}

/// Remembers what was shown, so that only changes are shown again.
struct DemoView {
    private var shown: [String: DemoFlow] = [:]

    /// The flows whose text differs from what was shown last. At first those that say something.
    mutating func changes(_ flows: [DemoFlow]) -> [DemoFlow] {
        flows.filter { flow in
            let key = "\(flow.from)→\(flow.to)"
            guard shown[key] != flow else { return false }
            shown[key] = flow
            return true
        }
    }
}
