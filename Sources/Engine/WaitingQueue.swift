import Bundles

/// The parcels of one class that wait, in the order of their rows.
struct WaitingQueue: Sendable {
    private(set) var heads: [ParcelHead] = []

    var isEmpty: Bool { heads.isEmpty }

    mutating func insert(_ head: ParcelHead) {
        heads.insert(head, at: position(of: head.rowID))
    }

    mutating func remove(_ head: ParcelHead) {
        let index = position(of: head.rowID)
        if index < heads.count, heads[index].name == head.name { heads.remove(at: index) }
    }

    mutating func removeAll() {
        heads.removeAll(keepingCapacity: true)
    }

    /// Takes heads from the front while they share one epoch, until they reach `bytes`; at least one.
    mutating func takeGroup(bytes limit: Int) -> [ParcelHead] {
        guard let first = heads.first else { return [] }
        var count = 1
        var total = first.bytes
        while count < heads.count, heads[count].name.epoch == first.name.epoch,
            total + heads[count].bytes <= limit
        {
            total += heads[count].bytes
            count += 1
        }
        let group = Array(heads[..<count])
        heads.removeFirst(count)
        return group
    }

    mutating func removeExpired(now: UInt64) -> [ParcelHead] {
        let expired = heads.filter { $0.expiresAtMs <= now }
        if !expired.isEmpty { heads.removeAll { $0.expiresAtMs <= now } }
        return expired
    }

    private func position(of row: Int64) -> Int {
        var low = 0
        var high = heads.count
        while low < high {
            let middle = (low + high) / 2
            if heads[middle].rowID < row { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
