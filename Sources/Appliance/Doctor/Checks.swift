/// What the facts mean. Pure: everything that was measured comes in as a value.
package enum Checks {
    private static let day: Int64 = 86_400_000

    package static func box(_ facts: BoxFacts, directory: String) -> Finding {
        facts.running
            ? Finding("box", .good, "it runs")
            : Finding(
                "box", .broken, "it does not run",
                advice:
                    "systemctl start dakghar, or dakghar run --dir \(directory); its log says why it ended")
    }

    /// - Parameters:
    ///   - system: wall milliseconds of the machine's clock.
    ///   - isKept: whether the machine says that some time service keeps it right.
    package static func clock(_ facts: BoxFacts, system: UInt64, isKept: Bool) -> Finding {
        let behind = Int64(clamping: facts.now) - Int64(clamping: system)
        if behind > 60_000 {
            return Finding(
                "clock", .broken,
                "the machine's clock is \(behind / 60_000) min behind times that this box has seen already",
                advice: "set it (timedatectl set-time), install chrony, and look at the clock's battery")
        }
        guard isKept else {
            return Finding(
                "clock", .warning, "nothing keeps the machine's clock right",
                advice:
                    "install chrony or systemd-timesyncd, with a time server that is reached without internet"
            )
        }
        return Finding("clock", .good, "kept right by a time service")
    }

    /// - Parameters:
    ///   - free: bytes that the box may still use.
    ///   - total: bytes of the disk.
    package static func disk(free: Int, total: Int) -> Finding {
        let share = total > 0 ? free * 100 / total : 0
        let text = "\(free >> 20) MiB free, \(share) %"
        let advice =
            "remove what is not the box's, lower the limits of files in [limits], or take a larger disk"
        if free < 256 << 20 { return Finding("disk", .broken, text, advice: advice) }
        if free < 1 << 30 || share < 5 { return Finding("disk", .warning, text, advice: advice) }
        return Finding("disk", .good, text)
    }

    package static func certificate(_ facts: BoxFacts) -> Finding {
        guard let expires = facts.certificateExpires else {
            return Finding(
                "certificates", .broken, "the certificate cannot be read",
                advice: "look at [tls] in the configuration, or at the folder certificates")
        }
        let left = (expires - Int64(clamping: facts.now)) / day
        let advice =
            facts.renewsItself
            ? "the box renews it by itself while it runs: restart it, and read its log"
            : "put a new one where [tls] says, then: systemctl reload dakghar"
        if expires <= Int64(clamping: facts.now) {
            return Finding("certificates", .broken, "it is over since \(-left) days", advice: advice)
        }
        if left < 14 { return Finding("certificates", .warning, "\(left) days left", advice: advice) }
        return Finding("certificates", .good, "\(left) days left")
    }

    /// - Parameter answers: whether a connection to it was accepted.
    package static func port(_ name: String, _ address: String, answers: Bool) -> Finding {
        answers
            ? Finding("ports", .good, "\(name) answers on \(address)")
            : Finding(
                "ports", .broken, "\(name) does not answer on \(address)",
                advice: "is another program on it (ss -ltnp), or is it not the address of this machine?")
    }

    package static func peer(_ peer: BoxFacts.Peer, now: UInt64) -> Finding {
        guard peer.state != "up" else { return Finding("peers", .good, "\(peer.name) is \(peer.state)") }
        let minutes = (now - min(now, peer.since)) / 60_000
        return Finding(
            "peers", .warning, "\(peer.name) is \(peer.state), for \(minutes) min",
            advice: "mail for it waits; is the line down, or has it another address or key? dakghar peer list"
        )
    }

    package static func backup(_ facts: BoxFacts, isScheduled: Bool) -> Finding {
        guard let last = facts.lastBackup else {
            return Finding(
                "backup", .warning, "there has never been one",
                advice:
                    "dakghar backup FILE, and keep the key that it prints; then [backup] in the configuration"
            )
        }
        let days = Int64(clamping: facts.now - min(facts.now, last)) / day
        let text = days == 0 ? "the last one is of today" : "the last one is \(days) days old"
        guard days >= (isScheduled ? 2 : 14) else { return Finding("backup", .good, text) }
        return Finding(
            "backup", .warning, text,
            advice: isScheduled
                ? "systemctl status dakghar-backup.timer dakghar-backup says why" : "dakghar backup FILE")
    }

    /// What somebody has to do so that phones find the box.
    static let router =
        "on the router: 1. give this box a fixed address, 2. name that address as the only DNS server in its "
        + "DHCP; and let the box answer: dakghar names --dnsmasq"

    /// - Parameter found: what the resolver said to a question for the domain's address; nil when it said nothing.
    package static func name(
        _ name: String, _ found: [DNSMessage.Answer]?, own: [String], resolver: String
    ) -> Finding {
        guard let found else {
            return Finding(
                "names", .warning, "\(resolver) does not answer for \(name): no phone finds the box by it",
                advice: router)
        }
        let addresses = found.compactMap { answer in
            if case .address(let text) = answer { text } else { nil }
        }
        guard !addresses.isEmpty else {
            return Finding(
                "names", .warning, "\(resolver) does not know \(name): no phone finds the box by it",
                advice: router)
        }
        guard own.isEmpty || addresses.contains(where: own.contains) else {
            return Finding(
                "names", .broken,
                "\(resolver) sends phones that ask for \(name) to \(addresses.joined(separator: ", ")), not to this box (\(own.joined(separator: ", ")))",
                advice: router)
        }
        return Finding("names", .good, "\(name) is \(addresses.joined(separator: ", "))")
    }

    /// - Parameter found: what the resolver said to a question for the service.
    package static func service(
        _ service: LANNames.Service, _ found: [DNSMessage.Answer]?, usual: UInt16
    ) -> Finding {
        let right = DNSMessage.Answer.service(target: service.target, port: service.port)
        if found?.contains(right) == true {
            return Finding("names", .good, "\(service.name) is port \(service.port)")
        }
        let wrong = found.map { !$0.isEmpty } ?? false
        if wrong {
            return Finding(
                "names", .broken, "\(service.name) names another host or port than this box has",
                advice: "correct the record, or: dakghar names --dnsmasq")
        }
        guard service.port == usual else {
            return Finding(
                "names", .broken,
                "nobody says that \(service.name) is port \(service.port): apps try \(usual)",
                advice: "let the box answer: dakghar names --dnsmasq")
        }
        return Finding("names", .good, "\(service.name) is not said; apps take port \(usual) by themselves")
    }
}
