package import Bundles

/// What to send next to one destination, over which way, and when again.
///
/// The durable outbox is in the database; this is a window on it. Losing the window loses nothing:
/// every parcel stays in the database until the destination acknowledged it, and a new window reads
/// it again. A parcel may be sent twice, never not at all.
package struct Outbox: Sendable {
    enum Place: Sendable, Equatable {
        case waiting
        /// In a bundle of a live session, neither taken nor acknowledged.
        case inFlight(OutboxWay, since: UInt64)
        /// Taken by the destination itself; its acknowledgement is due any moment.
        case handedOver(at: UInt64)
    }

    struct Entry: Sendable {
        let head: ParcelHead
        var place: Place
    }

    /// One person's parcels of one class: they leave in their order.
    struct Stream: Hashable, Sendable {
        let sender: Int64
        let slot: Int

        init(_ head: ParcelHead) {
            sender = head.sender
            slot = head.parcelClass.slot
        }
    }

    struct WayState: Sendable {
        var destinationReachable: Bool
        /// The administrator's choice for what has no direct way.
        var isUpstream = false
        /// The hub's place in the configured list: of two that are as good, the first one is taken.
        var place = 0
        var pace: OutboxPace?
        /// By class.
        var bytesInFlight = [Int](repeating: 0, count: ParcelClass.allCases.count)
        var pausedUntil: UInt64 = 0
    }

    let settings: OutboxSettings
    var entries: [ParcelName: Entry] = [:]
    var queues = [WaitingQueue](repeating: WaitingQueue(), count: ParcelClass.allCases.count)
    var scheduler = ClassScheduler()
    var ways: [OutboxWay: WayState] = [:]
    var departed = DepartedParcels()
    /// What the destination has acknowledged: it is not taken into memory again.
    var known: [Epoch: RangeSet] = [:]
    /// Row id up to which the database has been read.
    var cursor: Int64 = 0
    /// The database may hold rows above the cursor.
    var more = true
    var isLoading = false
    /// Whose parcels are only in the database, above the cursor.
    var declined: Set<Stream> = []
    /// What a byte of parcels is in a sealed bundle.
    var shrinking = 1.0
    /// How often the wait for an acknowledgement has doubled.
    var resendLevel = 0
    var progressAt: UInt64 = 0
    var reachableSince: UInt64 = 0
    /// No deadline is before this time.
    var wakeAt: UInt64 = .max

    /// Starts with an empty window: the first `next` after a way comes up asks for a page.
    package init(settings: OutboxSettings = OutboxSettings()) {
        self.settings = settings
    }

    /// The ways that are up.
    package var knownWays: [OutboxWay] { Array(ways.keys) }

    /// Parcels held in memory; never more than `windowParcels` and `extraParcels`.
    package var parcelsInMemory: Int { entries.count }

    /// When `next` should be called again without any other event.
    package var nextTick: UInt64 { ways.isEmpty ? .max : wakeAt }

    // MARK: Ways

    /// A way came up, or what it reaches changed. `received` is the acknowledgement in the
    /// destination's hello. Returns the names that it removed from memory; the owner deletes every
    /// parcel that it covers.
    @discardableResult
    package mutating func wayUp(
        _ way: OutboxWay, destinationReachable: Bool, isUpstream: Bool = false, place: Int = 0,
        received: Acknowledgement?,
        now: UInt64
    ) -> [ParcelName] {
        let wasReachable = isReachable
        let isNew = ways[way] == nil
        ways[way, default: WayState(destinationReachable: destinationReachable)]
            .destinationReachable = way == .direct || destinationReachable
        ways[way]?.isUpstream = isUpstream
        ways[way]?.place = place
        let removed = received.map { acknowledged($0, now: now) } ?? []
        if isReachable && !wasReachable {
            reachableSince = now
            resendLevel = 0
        }
        if way == .direct && isNew {
            departed.markDue { _ in true }
            returnToWaiting { place in
                if case .inFlight(.via, _) = place { true } else { false }
            }
        }
        wakeAt = now
        return removed
    }

    /// After a start: rows that hubs had taken before it. They are safe there, and are offered again only
    /// after the usual wait, or when their hub has lost its store.
    package mutating func restored(taken rows: [(row: Int64, hub: BoxID)], now: UInt64) {
        for (row, hub) in rows {
            departed.add(row, hub: hub, now: now, groupedWithinMs: max(5_000, resendDelay / 8))
        }
        wakeAt = min(wakeAt, now + resendDelay)
    }

    /// A way is gone: what was on it waits again, in order.
    package mutating func wayDown(_ way: OutboxWay) {
        guard ways[way] != nil else { return }
        returnToWaiting { place in
            switch place {
            case .waiting: false
            case .inFlight(let used, _): used == way
            case .handedOver: way == .direct
            }
        }
        ways[way] = nil
    }

    /// A hub lost its store: what it had taken is offered again at once.
    package mutating func storeChanged(of hub: BoxID, now: UInt64) {
        departed.markDue { $0.hub == hub }
        wakeAt = now
    }

    // MARK: Parcels

    /// A parcel became durable in the outbox. Beyond the window it stays in the database.
    package mutating func accepted(_ head: ParcelHead) {
        if head.rowID <= cursor {
            guard entries[head.name] == nil else { return }
            cursor = head.rowID - 1
            more = true
        } else if more || isLoading || entries.count >= settings.windowParcels {
            more = true
            if isOneOfFew(head) { insert(head) } else { declined.insert(Stream(head)) }
        } else {
            cursor = head.rowID
            insert(head)
        }
    }

    /// Whether a parcel beyond the window is taken into memory all the same. When the database is read up
    /// to it, it is known or acknowledged.
    private func isOneOfFew(_ head: ParcelHead) -> Bool {
        guard entries[head.name] == nil,
            entries.count < settings.windowParcels + settings.extraParcels,
            !declined.contains(Stream(head))
        else { return false }
        return queues[head.parcelClass.slot].count(of: head.sender) < settings.fewParcels
    }

    /// The answer to `.load`. An answer to an earlier question than the last one is ignored.
    package mutating func loaded(heads: [ParcelHead], more hasMore: Bool, after: Int64) {
        isLoading = false
        guard after == cursor else { return }
        more = hasMore
        if !hasMore { declined = [] }
        for head in heads {
            guard entries.count < settings.windowParcels else {
                more = true
                return
            }
            cursor = max(cursor, head.rowID)
            if entries[head.name] == nil, !departed.contains(head.rowID), !isKnown(head.name) {
                insert(head)
            }
        }
    }

    /// The next hop of `way` has these on its disk.
    package mutating func taken(by way: OutboxWay, names: [ParcelName], now: UInt64) {
        for name in names {
            guard let entry = entries[name], case .inFlight(way, _) = entry.place else { continue }
            switch way {
            case .direct:
                entries[name]?.place = .handedOver(at: now)
            case .via(let hub):
                departed.add(
                    entry.head.rowID, hub: hub, now: now, groupedWithinMs: max(5_000, resendDelay / 8))
                remove(entry)
            }
        }
        wakeAt = min(wakeAt, now + resendDelay)
    }

    /// The destination has everything that `acknowledgement` covers. Returns the names that left the
    /// window; the owner also deletes the covered parcels that are only in the database.
    package mutating func acknowledged(_ acknowledgement: Acknowledgement, now: UInt64) -> [ParcelName] {
        for entry in acknowledgement.epochs {
            known[entry.epoch, default: RangeSet()].formUnion(entry.numbers)
        }
        let covered = entries.values.filter { isKnown($0.head.name) }
            .sorted { $0.head.rowID < $1.head.rowID }
        for entry in covered { remove(entry) }
        if !covered.isEmpty {
            progressAt = now
            resendLevel = 0
        }
        return covered.map(\.head.name)
    }

    /// The next hop refused a bundle: its parcels wait again and the way rests.
    package mutating func refused(by way: OutboxWay, names: [ParcelName], now: UInt64) {
        let refusedNames = Set(names)
        returnToWaiting(refusedNames) { place in
            if case .inFlight(way, _) = place { true } else { false }
        }
        ways[way]?.pausedUntil = now + settings.refusalPauseMs
        wakeAt = min(wakeAt, now + settings.refusalPauseMs)
    }

    /// These parcels will never be sent: they expired or were dropped.
    package mutating func expired(_ names: [ParcelName]) {
        for name in names {
            if let entry = entries[name] { remove(entry) }
        }
    }

    /// Forgets the window and reads the database from its start, as after parcels were named anew.
    package mutating func reload() {
        entries = [:]
        for slot in queues.indices { queues[slot] = WaitingQueue() }
        for way in Array(ways.keys) {
            ways[way]?.bytesInFlight = WayState(destinationReachable: false).bytesInFlight
        }
        departed = DepartedParcels()
        known = [:]
        cursor = 0
        more = true
        isLoading = false
    }
}
