internal import Bundles
internal import Engine

/// Messages whose time is over, and those that are given up.
extension SimulatedBox {
    /// Every hour: what has outlived its time goes, what waits too long for its predecessor is shown.
    func keepHouse() {
        later(world.deployment.housekeepingMs) { [self] in
            expireHeld()
            saveClock()
            if world.deployment.tellsTime {
                for peer in peers { if let session = sessions[peer.index] { tellClock(session) } }
            }
            for peer in peers {
                showOverdue(of: peer.index)
                let late = (disk.rows[peer.index] ?? []).filter { row in
                    row.message != nil && row.entered + world.deployment.lifetimeMs <= serviceNow
                }
                for row in late {
                    expire(row.head.name, to: peer.index)
                    let age = serviceNow - row.entered
                    let latest = world.deployment.lifetimeMs + 2 * world.deployment.housekeepingMs + 60_000
                    if age > latest, !hasRunTwice {
                        world.violated("a message still waits here after \(age) ms in service")
                    }
                }
            }
            keepHouse()
        }
    }

    func expire(_ name: ParcelName, to destination: Int) {
        giveUp(name, to: destination, isExpiry: true)
    }

    /// Ends the life of a message: its sender is told, its place in the conversation is given up.
    func giveUp(_ name: ParcelName, to destination: Int, isExpiry: Bool) {
        guard let row = truth.rows[destination]?.first(where: { $0.head.name == name }),
            let message = row.message
        else { return }
        change {
            $0.remove([name], to: destination)
        } then: { [self] in
            world.ledger.expired.insert(message)
            if isExpiry { checkExpiry(message) }
        }
        memory.outboxes[destination]?.expired([name])
        if let notice = newRow(
            to: destination, .urgent, 40, message: nil, skipped: [name], previous: nil)
        {
            keep(notice, to: destination) {}
        }
    }

    private func checkExpiry(_ message: SimulatedMessage) {
        guard let accepted = world.acceptance[message] else {
            return world.violated("\(message) expired without having been accepted")
        }
        if world.now - accepted < world.deployment.lifetimeMs {
            world.violated("\(message) expired after \(world.now - accepted) ms")
        }
        // A machine that runs on from a copy has lost count of its own time.
        let held = inServiceMs - min(inServiceMs, world.acceptanceInService[message] ?? 0)
        if held < world.deployment.lifetimeMs, !hasRunTwice {
            world.violated("\(message) expired though it was held for \(held) ms only")
        }
    }
}
