internal import Bundles

/// The invariants, looked at when everything is over.
struct Verdict {
    let world: SimulatedWorld

    init(_ world: SimulatedWorld) { self.world = world }

    var problems: [String] {
        var problems = world.ledger.violations
        for box in world.boxes where !box.isLiar {
            problems += queues(of: box)
            problems += mail(of: box)
            if let problem = box.clockProblem { problems.append(problem) }
            if problems.count > 5 { break }
        }
        return problems
    }

    /// Everything quiesces.
    private func queues(of box: SimulatedBox) -> [String] {
        var problems: [String] = []
        for peer in box.peers where !peer.isLiar {
            let waiting = (box.disk.rows[peer.index] ?? []).count
            if waiting > 0 {
                problems.append("\(waiting) parcels of box \(box.index) never left for \(peer.index)")
            }
            let unshown = (box.disk.waiting[peer.index] ?? [:]).count
            if unshown > 0 {
                problems.append("box \(box.index) still keeps \(unshown) parcels of \(peer.index) unshown")
            }
        }
        let held = box.disk.held.filter { !world.boxes[$0.to].isLiar }.count
        if held > 0 { problems.append("box \(box.index) still holds \(held) bundles for others") }
        return problems
    }

    /// What was accepted is shown, once, in order; nothing else is.
    private func mail(of box: SimulatedBox) -> [String] {
        let ledger = world.ledger
        let accepted = Dictionary(grouping: wanted[box.index] ?? [], by: SimulatedConversation.init)
        let honest = box.disk.shown.filter { !world.boxes[$0.from].isLiar }
        var problems: [String] = []
        if Set(honest).count != honest.count { problems.append("box \(box.index) showed something twice") }
        let shown = Dictionary(grouping: honest, by: SimulatedConversation.init)
        for conversation in Set(accepted.keys).union(shown.keys) {
            let isCertain = { (message: SimulatedMessage) in
                !ledger.excused.contains(message) && !ledger.expired.contains(message)
            }
            var expected = (accepted[conversation] ?? []).filter(isCertain).map(\.sequence)
            var seen = (shown[conversation] ?? []).filter(isCertain).map(\.sequence)
            // These do not promise order: names that were given twice, mail that waited for a whole day, and
            // a destination that forgot what it had acknowledged: a hub's old copy may come after newer mail.
            let mayDiffer =
                world.boxes[conversation.from].hasRunTwice || world.boxes[conversation.to].hasForgotten
            if mayDiffer || ledger.impatient.contains(conversation) {
                expected.sort()
                seen.sort()
            }
            if expected != seen {
                problems.append(
                    "\(conversation.from) to \(conversation.to), conversation \(conversation.conversation): "
                        + "shown \(seen) instead of \(expected)")
            }
        }
        return problems.sorted()
    }

    private var wanted: [Int: [SimulatedMessage]] { Dictionary(grouping: world.ledger.accepted, by: \.to) }
}
