import Bundles

/// The parcels of one class that wait: each person's in the order of their rows, and people by turns, so
/// that a thousand messages of one do not hold up the one message of another.
struct WaitingQueue: Sendable {
    private struct Person: Sendable {
        var heads: [ParcelHead] = []
        /// Bytes that have left for this person while others waited too.
        var served = 0
    }

    private var people: [Int64: Person] = [:]

    var isEmpty: Bool { people.isEmpty }

    /// All that wait, in no order.
    var heads: [ParcelHead] { people.values.flatMap(\.heads) }

    /// How many of one person's wait.
    func count(of sender: Int64) -> Int { people[sender]?.heads.count ?? 0 }

    mutating func insert(_ head: ParcelHead) {
        // Who comes now is no more behind than who has got least of those that wait.
        let start = people[head.sender] == nil ? people.values.map(\.served).min() ?? 0 : 0
        let heads = people[head.sender]?.heads ?? []
        people[head.sender, default: Person(served: start)].heads.insert(
            head, at: Self.position(of: head.rowID, in: heads))
    }

    mutating func remove(_ head: ParcelHead) {
        guard let heads = people[head.sender]?.heads else { return }
        let index = Self.position(of: head.rowID, in: heads)
        guard index < heads.count, heads[index].name == head.name else { return }
        people[head.sender]?.heads.remove(at: index)
        forgetIfDone(head.sender)
    }

    mutating func removeAll() {
        people.removeAll(keepingCapacity: true)
    }

    /// Takes heads of one epoch, person by person, until they reach `bytes`; at least one. In the bundle
    /// each person's stay in the order of their rows.
    mutating func takeGroup(bytes limit: Int) -> [ParcelHead] {
        var group: [ParcelHead] = []
        var total = 0
        while let head = next() {
            if let first = group.first {
                guard head.name.epoch == first.name.epoch, total + head.bytes <= limit else { break }
            }
            group.append(head)
            total += head.bytes
            take(head)
        }
        return group
    }

    mutating func removeExpired(now: UInt64) -> [ParcelHead] {
        var expired: [ParcelHead] = []
        for (sender, person) in people where person.heads.contains(where: { $0.expiresAtMs <= now }) {
            expired += person.heads.filter { $0.expiresAtMs <= now }
            people[sender]?.heads.removeAll { $0.expiresAtMs <= now }
            forgetIfDone(sender)
        }
        return expired.sorted { $0.rowID < $1.rowID }
    }

    /// The first of the person who has got least; of two the one whose first is older.
    private func next() -> ParcelHead? {
        people.values.compactMap { person in person.heads.first.map { (person.served, $0) } }
            .min { ($0.0, $0.1.rowID) < ($1.0, $1.1.rowID) }?.1
    }

    private mutating func take(_ head: ParcelHead) {
        people[head.sender]?.heads.removeFirst()
        people[head.sender]?.served += head.cost
        forgetIfDone(head.sender)
    }

    private mutating func forgetIfDone(_ sender: Int64) {
        if people[sender]?.heads.isEmpty == true { people[sender] = nil }
    }

    private static func position(of row: Int64, in heads: [ParcelHead]) -> Int {
        var low = 0
        var high = heads.count
        while low < high {
            let middle = (low + high) / 2
            if heads[middle].rowID < row { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
