import Bundles

/// The row ids of parcels that a hub has taken and the destination has not acknowledged yet.
///
/// They leave the planner's memory, so that a dark destination never stops the outbox from emptying
/// into a hub: what remains of them are ranges of row ids, grouped by hub and time.
struct DepartedParcels: Sendable {
    struct Batch: Sendable {
        let hub: BoxID
        /// When the first of the batch was taken, monotonic milliseconds.
        let leftAtMs: UInt64
        var rows: RangeSet
        /// A reason came up to offer them again without waiting.
        var dueAtOnce = false
    }

    /// Batches kept apart; beyond it the newest one collects.
    static let maxBatches = 64

    private(set) var batches: [Batch] = []

    var isEmpty: Bool { batches.isEmpty }

    mutating func add(_ row: Int64, hub: BoxID, now: UInt64, groupedWithinMs: UInt64) {
        let number = UInt64(clamping: row)
        let recent = batches.lastIndex { $0.hub == hub && !$0.dueAtOnce }
        if let recent, now <= batches[recent].leftAtMs + groupedWithinMs || batches.count >= Self.maxBatches {
            batches[recent].rows.insert(number)
            return
        }
        if batches.count >= Self.maxBatches {
            // All batches belong to other hubs: the oldest goes, and is thereby offered again.
            batches.removeFirst()
        }
        var rows = RangeSet()
        rows.insert(number)
        batches.append(Batch(hub: hub, leftAtMs: now, rows: rows))
    }

    func contains(_ row: Int64) -> Bool {
        let number = UInt64(clamping: row)
        return batches.contains { $0.rows.contains(number) }
    }

    mutating func markDue(where isDue: (Batch) -> Bool) {
        for index in batches.indices where isDue(batches[index]) {
            batches[index].dueAtOnce = true
        }
    }

    /// Forgets every batch that is due by `dueAt`; true if there was one.
    mutating func removeDue(now: UInt64, dueAt: (Batch) -> UInt64) -> Bool {
        let before = batches.count
        batches.removeAll { $0.dueAtOnce || dueAt($0) <= now }
        return batches.count != before
    }

    /// The last row of the departed run that begins right after `row`, or `row` itself.
    func skippingRun(after row: Int64) -> Int64 {
        var last = row
        var moved = true
        while moved {
            moved = false
            for batch in batches {
                guard last < Int64.max - 1,
                    let end = batch.rows.endOfRange(containing: UInt64(clamping: last + 1))
                else { continue }
                last = Int64(clamping: end)
                moved = true
            }
        }
        return last
    }
}

extension RangeSet {
    /// The last number of the range that holds `number`, or nil if none does.
    func endOfRange(containing number: UInt64) -> UInt64? {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        guard low < ranges.count, ranges[low].lowerBound <= number else { return nil }
        return ranges[low].upperBound
    }
}
