internal import Bundles
internal import Engine

/// What an administrator holds back, lets go and drops.
extension SimulatedBox {
    func hold(_ destination: Int, _ parcelClass: ParcelClass?) {
        guard isUp else { return }
        world.ledger.counts.holds += 1
        let order = SimulatedDisk.Hold(destination: destination, parcelClass: parcelClass)
        for row in truth.rows[destination] ?? [] where order.covers(row) { mayOvertake(row) }
        memory.holdsUnderWay += 1
        change { disk in
            disk.holds.insert(order)
            disk.setHeld(true, order)
        } then: { [self] in
            memory.holdsUnderWay -= 1
            memory.outboxes[destination]?.withhold { parcelClass ?? $0.parcelClass == $0.parcelClass }
            plan(destination)
        }
    }

    /// Lets go everything for one destination.
    func letGo(_ destination: Int) {
        guard isUp, truth.holds.contains(where: { $0.destination == destination }) else { return }
        change { disk in
            disk.holds = disk.holds.filter { $0.destination != destination }
            disk.setHeld(false, SimulatedDisk.Hold(destination: destination, parcelClass: nil))
        } then: { [self] in
            memory.outboxes[destination]?.letGo()
            plan(destination)
        }
    }

    func drop(_ destination: Int, _ parcelClass: ParcelClass?) {
        guard isUp else { return }
        let order = SimulatedDisk.Hold(destination: destination, parcelClass: parcelClass)
        for row in truth.rows[destination] ?? [] where order.covers(row) {
            world.ledger.counts.drops += 1
            giveUp(row.head.name, to: destination, isExpiry: false)
        }
    }

    /// Nothing waits behind what is held back: the conversation goes on without it.
    func mayOvertake(_ row: SimulatedDisk.Row) {
        if let message = row.message { world.ledger.impatient.insert(SimulatedConversation(message)) }
    }

    func isHeldBack(_ row: SimulatedDisk.Row, to destination: Int) -> Bool {
        truth.holds.contains { $0.destination == destination && $0.covers(row) }
    }

    /// Once the administrator has been told that it is held back, it does not leave.
    func checkHeld(_ rows: [SimulatedDisk.Row], to destination: Int) {
        guard memory.holdsUnderWay == 0, !truth.holds.isEmpty else { return }
        let names = Set(rows.map(\.head.name))
        if (disk.rows[destination] ?? []).contains(where: { $0.isHeldBack && names.contains($0.head.name) }) {
            world.violated("box \(index) sends what it holds back for \(destination)")
        }
    }
}

extension SimulatedDisk {
    struct Hold: Hashable {
        let destination: Int
        /// Nil: all.
        let parcelClass: ParcelClass?

        func covers(_ row: Row) -> Bool {
            row.message != nil && parcelClass ?? row.head.parcelClass == row.head.parcelClass
        }
    }

    mutating func setHeld(_ isHeld: Bool, _ order: Hold) {
        guard let old = rows[order.destination] else { return }
        for index in old.indices where order.covers(old[index]) {
            rows[order.destination]?[index].isHeldBack = isHeld
        }
    }
}
