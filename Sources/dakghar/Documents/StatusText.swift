extension StatusDocument {
    /// The page that people read. `now`: milliseconds since 1970 by this machine's clock.
    func human(now: Int) -> String {
        var text = heading(now)
        text += section("links", linkRows(now), none: "no peers; dakghar peer add CARD makes one")
        text += section("queue", queueRows(now), none: "nothing waits")
        if !transferRows.isEmpty { text += section("files", transferRows, none: "") }
        text += "\n" + facts(now)
        return text
    }

    private func heading(_ now: Int) -> String {
        var parts = ["\(box.name)  \(box.domain)"]
        if let key = box.key, !key.isEmpty { parts.append("key \(key)") }
        if running == false {
            parts.append("not running")
        } else if let started = box.started {
            parts.append("running since \(HumanText.time(started, now: now))")
        }
        return parts.joined(separator: "  ") + "\n"
    }

    private func section(_ title: String, _ rows: [[String]], none: String) -> String {
        guard !rows.isEmpty else { return "\n\(title)\n  \(none)\n" }
        var table = Table(indent: 2)
        for row in rows { table.add(row) }
        return "\n\(title)\n" + table.text
    }

    private func linkRows(_ now: Int) -> [[String]] {
        (links ?? []).map { link in
            let known = link.state == "unknown" ? nil : link.since
            let since = known.map {
                "since \(HumanText.time($0, now: now)) (\(HumanText.span(now - $0)))"
            }
            let rate = link.rate.map { "\(HumanText.bytes($0))/s" }
            let line = [rate, link.rtt.map { "\($0) ms" }].compactMap { $0 }.joined(separator: ", ")
            return [link.peer, link.state, link.way ?? "-", line, since ?? ""]
        }
    }

    private func queueRows(_ now: Int) -> [[String]] {
        let waiting = (queue ?? []).filter { $0.count > 0 }.map { entry in
            [
                entry.peer, entry.class, "\(entry.count)", HumanText.bytes(entry.bytes),
                entry.oldest.map { "oldest \(HumanText.span(now - $0))" } ?? "",
            ]
        }
        guard let transit, transit.bundles > 0 else { return waiting }
        return waiting + [["for others", "sealed", "\(transit.bundles)", HumanText.bytes(transit.bytes)]]
    }

    private var transferRows: [[String]] {
        (transfers ?? []).map { file in
            let part = file.size > 0 ? file.done * 100 / file.size : 100
            let hubs = file.left.map { $0 > 0 ? "\(HumanText.bytes($0)) with hubs" : "" } ?? ""
            return [
                file.peer, file.direction == "out" ? "to" : "from",
                "\(HumanText.bytes(file.done)) of \(HumanText.bytes(file.size)) (\(part) %)",
                file.rate.map { "\(HumanText.bytes($0))/s" } ?? "", hubs,
            ]
        }
    }

    private func facts(_ now: Int) -> String {
        var table = Table()
        table.add(["sessions", sessions?.connected.map(String.init) ?? "-"])
        if let storage {
            let database = storage.database.map(HumanText.bytes) ?? "-"
            table.add(["storage", "database \(database), free \(storage.free.map(HumanText.bytes) ?? "-")"])
        }
        if let time = clock?.now {
            let doubt = clock?.sure == false ? ", clock unsure: \(Self.doubt(clock?.source))" : ""
            table.add(["clock", HumanText.date(time) + doubt])
        }
        if let certificates {
            let expiry = certificates.expires.map { ", good until \(HumanText.date($0))" } ?? ""
            table.add(["certificates", "root \(certificates.root ?? "-")" + expiry])
        }
        return table.text
    }

    /// Why the time is not sure.
    private static func doubt(_ source: String?) -> String {
        switch source {
        case "upstream": "one upstream's word, nobody else has confirmed it"
        default: "the machine has forgotten the time and no peer has told it"
        }
    }
}
