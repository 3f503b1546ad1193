internal import Bundles
internal import Engine

/// Disks and whole machines that are copied and put back later.
extension SimulatedBox {
    /// A copy of the disk, as a backup or a snapshot makes it.
    func saveDisk() { savedDisk = disk }

    /// The copy takes the disk's place; the process starts on it after a while.
    func putDiskBack() {
        guard let saved = savedDisk else { return }
        world.ledger.counts.rollbacks += 1
        replace(with: saved)
    }

    /// A new disk with the old keys: nothing of its past is left.
    func wipe() {
        world.ledger.counts.wiped += 1
        replace(with: SimulatedDisk(storeID: world.random.next()))
    }

    private func replace(with other: SimulatedDisk) {
        excuse(what: disk, lost: other)
        hasForgotten = true
        kill()
        disk = other
        truth = other
    }

    /// A copy of the running machine, memory and disk, at a moment when nothing is being written.
    func saveRun() {
        guard isUp else { return }
        guard isJournalIdle else { return later(20) { [self] in saveRun() } }
        savedRun = (memory, disk)
    }

    /// The machine goes on from that copy, without a start: it does not know that it lived on.
    func resumeSavedRun() {
        guard let saved = savedRun else { return }
        world.ledger.counts.resumed += 1
        excuse(what: isUp ? truth : disk, lost: saved.disk)
        excuse(what: disk, lost: saved.disk)
        hasRunTwice = true
        kill()
        resume()
        disk = saved.disk
        truth = saved.disk
        memory = saved.memory
        // The sockets of that time are dead.
        for peer in peers {
            for way in [OutboxWay.direct] + neighbours.map({ .via($0.boxID) }) {
                memory.outboxes[peer.index]?.wayDown(way)
            }
        }
        for neighbour in neighbours {
            dials[neighbour.index] = DialSchedule(
                settings: world.deployment.dial, seed: world.random.next(), now: world.now)
            armDial(neighbour)
        }
        keepHouse()
    }

    /// What is on one disk and not on the other has nobody who answers for it any more.
    private func excuse(what lost: SimulatedDisk, lost kept: SimulatedDisk) {
        world.ledger.excused.formUnion(lost.arrivals.subtracting(kept.arrivals))
        world.ledger.excused.formUnion(lost.departures.subtracting(kept.departures))
    }
}
