internal import Bundles
internal import Engine

enum SimulatedParcel {
    case mail(ArrivedMail, SimulatedMessage)
    case skipped(ParcelName, [ParcelName])
}

/// What a box has written and synced.
struct SimulatedDisk {
    struct Row {
        var head: ParcelHead
        /// Nil for an announcement.
        let message: SimulatedMessage?
        var skipped: [ParcelName] = []
        var previous: ParcelName?
        /// Service milliseconds.
        let entered: UInt64
        var leftBy: BoxID?
        var isHeldBack = false
    }

    struct Held: Equatable {
        let id: UInt64
        let content: UInt64
        let from: Int
        let to: Int
        let parcelClass: ParcelClass
        let entered: UInt64
    }

    struct Waiting {
        let parcel: WaitingParcel
        let message: SimulatedMessage
    }

    var storeID: UInt64
    var epoch = Epoch.none
    /// Saved service clock, milliseconds.
    var service: UInt64 = 0
    /// The newest wall time that is written, milliseconds since 1970.
    var wall: UInt64 = 0
    var holds: Set<Hold> = []
    var nextRow: Int64 = 1
    var rows: [Int: [Row]] = [:]
    var received: [Int: [Epoch: RangeSet]] = [:]
    var waiting: [Int: [ParcelName: Waiting]] = [:]
    var shown: [SimulatedMessage] = []
    var known: Set<[UInt8]> = []
    var held: [Held] = []
    var nextHeld: UInt64 = 1
    var storeIDs: [Int: UInt64] = [:]
    var knownEpochs: [Int: Epoch] = [:]

    mutating func show(_ message: SimulatedMessage) {
        known.insert(message.content)
        shown.append(message)
    }

    mutating func remove(_ names: Set<ParcelName>, to destination: Int) {
        rows[destination]?.removeAll { names.contains($0.head.name) }
    }

    mutating func rename(to destination: Int, from old: Epoch, to new: Epoch) {
        rows[destination] = rows[destination]?.map { row in
            var renamed = row
            if row.head.name.epoch == old {
                renamed.head.name = ParcelName(epoch: new, number: row.head.name.number)
            }
            if let previous = row.previous, previous.epoch == old {
                renamed.previous = ParcelName(epoch: new, number: previous.number)
            }
            return renamed
        }
    }

    /// Mail of others that it answers for.
    var arrivals: Set<SimulatedMessage> {
        var all = Set(shown)
        for waiting in waiting.values { for entry in waiting.values { all.insert(entry.message) } }
        return all
    }

    /// Mail of its own that it answers for.
    var departures: Set<SimulatedMessage> {
        var all: Set<SimulatedMessage> = []
        for rows in rows.values { for row in rows { if let message = row.message { all.insert(message) } } }
        return all
    }
}
