internal import Bundles
internal import Engine

/// A USB stick: all that waits for one box, carried there on foot, put in once or several times.
extension SimulatedBox {
    func carryStick(to destination: SimulatedBox) {
        guard isUp, let rows = disk.rows[destination.index], !rows.isEmpty else { return }
        world.ledger.counts.sticks += 1
        let own = memory.ownEpochs
        memory.names[destination.index]?.sent(rows.map(\.head.name), ownEpochs: own)
        let bundles = Dictionary(
            grouping: rows.filter { row in
                truth.rows[destination.index]?.contains { $0.head.name == row.head.name } == true
            }
        ) { $0.head.name.epoch }
        .sorted { $0.key < $1.key }.map { content($0.value, $0.key, destination.index) }
        for _ in 0..<world.number(1...3) {
            world.after(world.number(1_000...world.deployment.troubleMs / 4)) {
                guard destination.isUp, !destination.isDiskFull else { return }
                for bundle in bundles.shuffled(using: &self.world.random) { destination.take(bundle) {} }
            }
        }
    }
}
