internal import Bundles

extension Outbox {
    /// Everything to do now. Call it after every event and at `nextTick`.
    package mutating func next(now: UInt64) -> [OutboxEffect] {
        guard !ways.isEmpty, !isQuiet(now: now) else { return [] }
        if now >= wakeAt { returnOverdue(now: now) }
        var effects: [OutboxEffect] = []
        let late = takeExpired(now: now)
        if !late.isEmpty { effects.append(.expire(late)) }
        if let way = bestWay(now: now) {
            while let send = fillBundle(way, now: now) { effects.append(send) }
        }
        if let load = nextLoad() { effects.append(load) }
        return effects
    }

    /// Whether there is certainly nothing to do: a hub asks for each of a thousand destinations, most of which
    /// have nothing waiting.
    private func isQuiet(now: UInt64) -> Bool {
        now < wakeAt && (!more || isLoading) && queues.allSatisfy(\.isEmpty)
    }

    var isReachable: Bool { ways.values.contains { $0.destinationReachable } }

    /// The wait for the destination's acknowledgement, in milliseconds.
    var resendDelay: UInt64 {
        guard isReachable else { return settings.unreachableResendMs }
        let doubled = settings.resendAfterMs << UInt64(min(resendLevel, 16))
        return min(doubled, settings.longestResendMs)
    }

    // MARK: Choosing

    /// The direct way, else a hub that reaches the destination, else any hub, an upstream before others:
    /// whom a peer says it reaches is its own word. While the best one has its window full, what waits for it
    /// must not leave by a worse one.
    private func bestWay(now: UInt64) -> OutboxWay? {
        ways.filter { $0.value.pausedUntil <= now }.min { rank($0) < rank($1) }?.key
    }

    private func rank(_ way: (key: OutboxWay, value: WayState)) -> (Int, Int, String) {
        switch way.key {
        case .direct: (0, 0, "")
        case .via(let hub):
            (
                (way.value.destinationReachable ? 1 : 3) + (way.value.isUpstream ? 0 : 1), way.value.place,
                hub.description
            )
        }
    }

    private mutating func fillBundle(_ way: OutboxWay, now: UInt64) -> OutboxEffect? {
        let waits = ParcelClass.allCases.map { !queues[$0.slot].isEmpty && hasRoom(way, for: $0) }
        scheduler.quantum = bundleBytes(way)
        guard let parcelClass = scheduler.choose(where: { waits[$0.slot] }) else { return nil }
        let group = queues[parcelClass.slot].takeGroup(bytes: bundleBytes(way))
        var bytes = 0
        for head in group {
            entries[head.name]?.place = .inFlight(way, since: now)
            bytes += head.cost
        }
        ways[way]?.bytesInFlight[parcelClass.slot] += bytes
        scheduler.charge(parcelClass, bytes: bytes)
        wakeAt = min(wakeAt, now + settings.stalledAfterMs)
        return .send(way: way, names: group.map(\.name), parcelClass: parcelClass)
    }

    private mutating func nextLoad() -> OutboxEffect? {
        guard more, !isLoading else { return nil }
        let room = settings.windowParcels - entries.count
        let isWorthwhile = room >= settings.windowParcels / 4 || queues.allSatisfy { $0.isEmpty }
        guard room > 0, isWorthwhile else { return nil }
        cursor = departed.skippingRun(after: cursor)
        isLoading = true
        return .load(after: cursor, limit: room)
    }

    private mutating func takeExpired(now: UInt64) -> [ParcelName] {
        var names: [ParcelName] = []
        for slot in queues.indices {
            for head in queues[slot].removeExpired(now: now) {
                entries[head.name] = nil
                names.append(head.name)
            }
        }
        return names
    }

    // MARK: Deadlines

    /// Offers again what waited too long for its acknowledgement, and finds the next deadline.
    private mutating func returnOverdue(now: UInt64) {
        let planner = self
        let isSomethingDue = departed.removeDue(now: now) { planner.deadline(leftAt: $0.leftAtMs) }
        let wereHandedOver = returnToWaiting { place in
            if case .handedOver(let at) = place { planner.deadline(leftAt: at) <= now } else { false }
        }
        returnToWaiting { place in
            guard case .inFlight(_, let since) = place else { return false }
            return since + planner.settings.stalledAfterMs <= now
        }
        if isSomethingDue || wereHandedOver {
            if resendLevel < 16 { resendLevel += 1 }
            rewind()
        }
        wakeAt = nextDeadline(after: now)
    }

    /// When a parcel that left at this time is offered again. Acknowledgements that keep coming in
    /// put it off, as what is behind them is probably on its way, but not for ever.
    private func deadline(leftAt: UInt64) -> UInt64 {
        let start = isReachable ? max(leftAt, reachableSince) : leftAt
        let patient = max(start, progressAt) + resendDelay
        return isReachable ? min(patient, start + settings.longestResendMs) : start + resendDelay
    }

    private func nextDeadline(after now: UInt64) -> UInt64 {
        var earliest = UInt64.max
        for batch in departed.batches { earliest = min(earliest, deadline(leftAt: batch.leftAtMs)) }
        for entry in entries.values {
            switch entry.place {
            case .waiting: break
            case .handedOver(let at): earliest = min(earliest, deadline(leftAt: at))
            case .inFlight(_, let since): earliest = min(earliest, since + settings.stalledAfterMs)
            }
        }
        for way in ways.values where way.pausedUntil > now { earliest = min(earliest, way.pausedUntil) }
        return max(earliest, now + 1)
    }

    /// Reads the database from its start again. What only waits leaves memory, so that the window has
    /// room for the parcels of the lowest rows, which others may be waiting for.
    private mutating func rewind() {
        for slot in queues.indices {
            for head in queues[slot].heads { entries[head.name] = nil }
            queues[slot].removeAll()
        }
        cursor = 0
        more = true
    }

    // MARK: The window

    mutating func insert(_ head: ParcelHead) {
        entries[head.name] = Entry(head: head, place: .waiting)
        queues[head.parcelClass.slot].insert(head)
    }

    mutating func remove(_ entry: Entry) {
        entries[entry.head.name] = nil
        release(entry)
        if entry.place == .waiting { queues[entry.head.parcelClass.slot].remove(entry.head) }
    }

    /// Everything at a place that `leaves` (and in `names`, if given) waits again; true if there was any.
    @discardableResult
    mutating func returnToWaiting(_ names: Set<ParcelName>? = nil, where leaves: (Place) -> Bool) -> Bool {
        let returning = entries.values.filter { entry in
            names?.contains(entry.head.name) != false && leaves(entry.place)
        }
        for entry in returning {
            release(entry)
            insert(entry.head)
        }
        return !returning.isEmpty
    }

    /// Gives back what an entry occupies on its way.
    private mutating func release(_ entry: Entry) {
        let slot = entry.head.parcelClass.slot
        switch entry.place {
        case .waiting: break
        case .inFlight(let way, _): ways[way]?.bytesInFlight[slot] -= entry.head.cost
        case .handedOver: ways[.direct]?.bytesInFlight[slot] -= entry.head.cost
        }
    }

    func isKnown(_ name: ParcelName) -> Bool {
        known[name.epoch]?.contains(name.number) ?? false
    }
}

extension ParcelHead {
    /// What a parcel counts in the window, in bytes: even an empty one takes a place.
    var cost: Int { max(1, bytes) }
}
