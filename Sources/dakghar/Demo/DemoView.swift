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
    private var flows: [String: DemoFlow] = [:]
    private var heldByHub = 0

    /// Lines for what changed since the last call. Between an office and the hub only what waits
    /// counts: the lines of the offices say already how the line is.
    mutating func changes(_ statuses: [StatusDocument], hub: String, now: Int) -> [String] {
        let names = statuses.map(\.box.name)
        var texts: [String] = []
        for status in statuses {
            let others = names.filter { $0 != status.box.name }
            for flow in DemoFlow.all(in: status, others: others, hub: hub) where isNews(flow, hub: hub) {
                texts.append(flow.text(now: now))
            }
            guard status.box.name == hub, let transit = status.transit, transit.bundles != heldByHub else {
                continue
            }
            heldByHub = transit.bundles
            let held = "\(transit.bundles) sealed (\(HumanText.bytes(transit.bytes)))"
            texts.append("\(hub) holds for the offices: \(transit.bundles == 0 ? "nothing" : held)")
        }
        return texts
    }

    private mutating func isNews(_ flow: DemoFlow, hub: String) -> Bool {
        let key = "\(flow.from)→\(flow.to)"
        let old = flows.updateValue(flow, forKey: key)
        guard flow.from == hub || flow.to == hub else { return old != flow }
        return (old?.count ?? 0) != flow.count
    }
}
