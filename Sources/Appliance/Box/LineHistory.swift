internal import Carriers
internal import Storage

/// Writes down when lines go up and down, and how much waits: for the console's picture of a month.
struct LineHistory {
    private var states: [String: String] = [:]
    private var depths: [String: Int] = [:]

    /// Called every second; `samples` is true once in ten minutes.
    mutating func look(_ box: Box, samples: Bool) {
        let now = box.store.wallNow()
        var changes: [LineChange] = []
        for peer in box.postOffice.status where states[peer.name] != peer.state {
            states[peer.name] = peer.state
            changes.append(LineChange(time: now, peer: peer.name, state: peer.state))
        }
        box.store.note(changes, samples ? newDepths(box, now) : [])
    }

    /// Nothing is written while nothing changes: a quiet box writes nothing to its flash.
    private mutating func newDepths(_ box: Box, _ now: UInt64) -> [DepthSample] {
        let waiting: [QueueDepth]
        do {
            waiting = try box.store.reader.queueDepths()
        } catch {
            box.log.error("The queue could not be counted: \(error)")
            return []
        }
        var samples: [DepthSample] = []
        for peer in box.postOffice.status {
            let own = waiting.filter { $0.peer == peer.number }
            let parcels = own.reduce(0) { $0 + $1.parcels }
            guard depths[peer.name, default: 0] != parcels else { continue }
            depths[peer.name] = parcels
            samples.append(
                DepthSample(
                    time: now, peer: peer.name, parcels: parcels, bytes: own.reduce(0) { $0 + $1.bytes }))
        }
        return samples
    }
}
