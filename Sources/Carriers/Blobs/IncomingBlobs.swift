internal import Bundles
internal import Engine
internal import Storage

/// Files of other boxes: every range is on the disk before it is acknowledged, and the whole is compared
/// with the owner's hash before it counts as complete.
extension BlobExchange {
    /// What became of a bundle's part of a file.
    enum Outcome {
        case kept
        /// The disk has no room for it.
        case full
        /// Nothing is known of this file, or this cannot be of it.
        case unknown
    }

    /// Takes what a bundle brought; `done` when it is on the disk.
    func receive(
        _ parcels: [BlobParcel], from origin: Peer, isDirect: Bool, then done: @escaping (Outcome) -> Void
    ) {
        var outcome = Outcome.kept
        var replica: Replica?
        let hasRange = parcels.contains { if case .range = $0.body { true } else { false } }
        for parcel in parcels {
            let key = Key(peer: origin.office.number, blob: parcel.id)
            switch parcel.body {
            case .manifest(let manifest):
                if !begin(key, manifest, origin, isOffer: !hasRange) { outcome = .unknown }
                if let known = replicas[key], !known.isComplete { replica = known }
            case .range(let first, let bytes):
                guard let known = replicas[key] else {
                    if refusals[key]?.reason != .noRoom {
                        outcome = .unknown
                        if !isDirect { wantManifest(key, origin) }
                    }
                    continue
                }
                guard !known.isComplete else {
                    report(.complete, known, to: origin)
                    continue
                }
                guard let ranges = known.receiving.arrived(first: first, bytes: bytes.count) else {
                    office.counts.refusedParcels += 1
                    office.note("a range was refused: it cannot be of its file", origin.office.name)
                    outcome = .unknown
                    continue
                }
                if !ranges.isEmpty { known.pending.append(.init(ranges: ranges, first: first, bytes: bytes)) }
                replica = known
            case .report(let report): heard(report, of: parcel.id, from: origin)
            case .request(let unit): requested(parcel.id, from: unit, by: origin)
            case .absent:
                if replicas[key] == nil { refuse(key, .absent) }
            }
        }
        guard outcome == .kept, let replica else { return done(outcome) }
        replica.waiters.append { outcome in
            done(outcome)
            if !isDirect, !replica.isComplete, replica.receiving.isReportDue(now: Clocks.monotonic()) {
                self.report(.receiving, replica, to: origin)
            }
        }
        flush(replica)
    }

    // MARK: Beginning

    /// - Parameter isOffer: nothing else came: the owner asks what is here.
    /// - Returns: false when this manifest cannot be.
    private func begin(_ key: Key, _ manifest: BlobManifest, _ origin: Peer, isOffer: Bool) -> Bool {
        if let known = replicas[key] {
            guard known.receiving.bytes == manifest.size, known.row.content.hash == manifest.hash else {
                office.counts.alarms += 1
                office.note("ALARM: a file came again with another manifest", origin.office.name)
                return false
            }
            if known.isComplete {
                report(.complete, known, to: origin)
            } else if isOffer {
                report(.receiving, known, to: origin)
            }
            return true
        }
        guard mayKeep(key, manifest) else {
            refuse(key, .noRoom)
            office.note("a file was refused: no room, see limits.replica-files", origin.office.name)
            tell(BlobReport(state: .noRoom, generation: 0, units: RangeSet()), of: key.blob, to: origin)
            return true
        }
        refusals[key] = nil
        let row = ReplicaRow(
            id: office.store.takeID(), peer: key.peer, blob: key.blob, manifest: manifest,
            key: ChunkedFile.newKey(), entered: office.store.serviceClock.now(),
            lifetime: min(manifest.remainingSeconds, settings.keptMs / 1_000) * 1_000)
        let replica = Replica(row, now: Clocks.monotonic())
        keep(replica)
        office.store.add(replica: row) { error in if error != nil { self.discard(replica) } }
        if isOffer { report(.receiving, replica, to: origin) }
        tellWatchers(key)
        return true
    }

    private func mayKeep(_ key: Key, _ manifest: BlobManifest) -> Bool {
        guard manifest.size <= UInt64(settings.totalBytes), failures[key] ?? 0 < 3 else { return false }
        let size = Int(clamping: manifest.size)
        let ofPeer = keptBytes[key.peer] ?? 0
        return ofPeer + size <= settings.totalBytes / 2
            && keptBytes.values.reduce(0, +) + size <= settings.totalBytes
            && keptCounts[key.peer] ?? 0 < Self.replicasPerPeer && hasRoom(size)
    }

    func keep(_ replica: Replica) {
        replicas[replica.key] = replica
        keptBytes[replica.row.peer, default: 0] += replica.row.size
        keptCounts[replica.row.peer, default: 0] += 1
    }

    /// A hub brings a range of something unknown: its owner has to hear it from here.
    private func wantManifest(_ key: Key, _ origin: Peer) {
        guard asked[key] == nil, asked.count < Self.remembered else { return }
        asked[key] = Clocks.monotonic()
        tell(BlobReport(state: .receiving, generation: 0, units: RangeSet()), of: key.blob, to: origin)
    }

    func refuse(_ key: Key, _ reason: Refusal) {
        if refusals.count >= Self.remembered { refusals = [:] }
        refusals[key] = (reason, Clocks.monotonic())
        tellWatchers(key)
    }

    /// Nothing of it stays.
    func discard(_ replica: Replica) {
        guard !replica.isDiscarded else { return }
        replica.isDiscarded = true
        if replicas[replica.key] === replica { replicas[replica.key] = nil }
        keptBytes[replica.row.peer, default: 0] -= replica.row.size
        keptCounts[replica.row.peer, default: 0] -= 1
        let (id, path) = (replica.row.id, shelf.path(replica: replica.row.id))
        office.store.journal.commit({ try $0.removeReplica(id) })
        shelf.remove(path)
        let waiters = replica.waiters
        replica.waiters = []
        for waiter in waiters { waiter(.unknown) }
        tellWatchers(replica.key)
    }

    // MARK: The disk

    /// Writes what waits, syncs once for all of it, then notes it; everybody who waited is told.
    private func flush(_ replica: Replica) {
        guard !replica.isWriting, !replica.waiters.isEmpty, !replica.isDiscarded else { return }
        replica.isWriting = true
        let (writes, waiters, known) = (replica.pending, replica.waiters, replica.file)
        replica.pending = []
        replica.waiters = []
        let (path, key) = (shelf.path(replica: replica.row.id), replica.row.content.key)
        shelf.run({
            let file = try known ?? PartialFile(path: path, key: key, unit: BlobParcel.unitBytes)
            for write in writes { try Self.write(write, to: file) }
            if !writes.isEmpty { try file.sync() }
            return file
        }) { result in
            let ranges = writes.flatMap(\.ranges)
            guard case .success(let file) = result else {
                replica.receiving.failed(ranges)
                return self.settled(replica, waiters, .full)
            }
            replica.file = file
            replica.receiving.written(ranges)
            self.note(replica, waiters)
        }
    }

    private static func write(_ write: Replica.Write, to file: PartialFile) throws {
        for range in write.ranges {
            let start = Int(range.lowerBound - write.first) * BlobParcel.unitBytes
            let end = min(
                write.bytes.count, Int(range.upperBound - write.first + 1) * BlobParcel.unitBytes)
            try file.write(write.bytes[start..<end], from: Int(clamping: range.lowerBound))
        }
    }

    private func note(_ replica: Replica, _ waiters: [(Outcome) -> Void]) {
        let (id, have) = (replica.row.id, replica.receiving.have)
        office.store.journal.commit({ try $0.update(replica: id, have: have, complete: false) }) { error in
            replica.rate.note(replica.receiving.done, now: Clocks.monotonic())
            self.settled(replica, waiters, error == nil ? .kept : .full)
        }
    }

    private func settled(_ replica: Replica, _ waiters: [(Outcome) -> Void], _ outcome: Outcome) {
        replica.isWriting = false
        for waiter in waiters { waiter(replica.isDiscarded ? .unknown : outcome) }
        tellWatchers(replica.key)
        flush(replica)
        if outcome == .kept { verify(replica) }
    }

    // MARK: The whole

    private func verify(_ replica: Replica) {
        guard replica.receiving.isWhole, !replica.isWriting, !replica.isVerifying, !replica.isComplete,
            !replica.isDiscarded, let file = replica.file
        else { return }
        replica.isVerifying = true
        let size = replica.row.size
        shelf.run({ try file.hash(size: size) }) { result in
            replica.isVerifying = false
            guard !replica.isDiscarded, let origin = self.office.peer(number: replica.row.peer) else {
                return
            }
            guard case .success(let hash) = result, hash == replica.row.content.hash else {
                return self.isWrong(replica, origin)
            }
            self.completed(replica, origin)
        }
    }

    /// What came is not what the owner announced: it begins again, and not for ever.
    private func isWrong(_ replica: Replica, _ origin: Peer) {
        office.counts.alarms += 1
        office.note("ALARM: a file is not what its manifest says: thrown away", origin.office.name)
        if failures.count >= Self.remembered { failures = [:] }
        failures[replica.key, default: 0] += 1
        discard(replica)
        let state: BlobReport.State = failures[replica.key] ?? 0 < 3 ? .receiving : .noRoom
        tell(BlobReport(state: state, generation: 0, units: RangeSet()), of: replica.row.blob, to: origin)
    }

    private func completed(_ replica: Replica, _ origin: Peer) {
        let (id, have) = (replica.row.id, replica.receiving.have)
        office.store.journal.commit({ try $0.update(replica: id, have: have, complete: true) }) { error in
            guard error == nil, !replica.isDiscarded else { return }
            replica.isComplete = true
            replica.file = nil
            self.failures[replica.key] = nil
            self.report(.complete, replica, to: origin)
            self.tellWatchers(replica.key)
        }
    }

    // MARK: Reports

    func report(_ state: BlobReport.State, _ replica: Replica, to origin: Peer) {
        replica.receiving.reported(now: Clocks.monotonic())
        // Of a whole file the state says everything.
        let units = state == .complete ? RangeSet() : replica.receiving.have
        tell(
            BlobReport(state: state, generation: replica.receiving.generation, units: units),
            of: replica.row.blob, to: origin)
    }

    /// Over the owner's own session, or kept by a hub until the owner comes.
    private func tell(_ report: BlobReport, of blob: BlobID, to origin: Peer) {
        let parcel = Parcel.blob(BlobParcel(id: blob, .report(report)))
        if origin.session != nil {
            _ = office.sendUnstored(parcel, class: .receipts, to: origin)
        } else {
            office.sendByHub(parcel, class: .receipts, to: origin)
        }
    }
}
