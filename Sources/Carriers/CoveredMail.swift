internal import Bundles
internal import Storage

/// Acknowledged numbers of one peer whose rows are on their way out of the outbox.
struct CoveredMail {
    /// What came since the last look.
    var next: [Epoch: RangeSet] = [:]
    var isRunning = false
}

extension PostOffice {
    /// Rows that one transaction takes out of the outbox: others' mail does not wait behind a long one.
    private static let coveredRows = 2_000

    /// Takes out of the outbox what the destination has acknowledged, piece by piece.
    func remove(covered acknowledgement: Acknowledgement, _ peer: Peer) {
        let number = peer.office.number
        for entry in acknowledgement.epochs {
            covered[number, default: CoveredMail()].next[entry.epoch, default: RangeSet()]
                .formUnion(entry.numbers)
        }
        guard covered[number]?.isRunning == false else { return }
        removeCovered(number)
    }

    private func removeCovered(_ number: Int64) {
        guard let wanted = covered[number]?.next, !wanted.isEmpty else {
            covered[number] = nil
            return
        }
        do {
            let rows = try store.reader.outboxRows(
                coveredBy: wanted, peer: number, limit: Self.coveredRows)
            if rows.count < Self.coveredRows { covered[number]?.next = [:] }
            guard !rows.isEmpty else {
                covered[number] = nil
                return
            }
            covered[number]?.isRunning = true
            drop(rows, of: number, .arrived) { error in
                guard error == nil else {
                    // A full disk: the next acknowledgement names them again.
                    self.covered[number] = nil
                    return
                }
                self.covered[number]?.isRunning = false
                self.removeCovered(number)
            }
        } catch {
            broken(error.description)
        }
    }

    /// A whole file is on its stick: what is in it has left the building.
    func leftBy(stick export: [UInt8]) {
        guard correspondent?.watchesStates == true else { return }
        do {
            correspondent?.statesChanged(
                try store.reader.rowsOnStick(export: export, limit: Self.toldOfStick))
        } catch {
            broken(error.description)
        }
    }

    /// Messages of one file whose leaving is pushed.
    private static let toldOfStick = 10_000

    /// Takes rows out of the outbox; what they were for has come to `state`.
    func drop(
        _ rows: [(id: Int64, size: Int)], of number: Int64, _ state: MessageState,
        then done: @escaping Journal.Completion = { _ in }
    ) {
        // The reader still shows what an earlier call is removing.
        let fresh = rows.filter { removing.insert($0.id).inserted }
        let ids = fresh.map(\.id)
        let wall = store.wallNow()
        store.journal.commit({ database in
            try database.removeOutbox(ids: ids)
            try database.setState(ids, state, wall: wall)
        }) { error in
            self.removing.subtract(ids)
            if error == nil {
                let bytes = fresh.reduce(0) { $0 + $1.size }
                self.queuedParcels -= ids.count
                self.queuedBytes -= bytes
                self.queuedBytesByPeer[number, default: 0] -= bytes
                self.correspondent?.statesChanged(ids)
            }
            done(error)
        }
    }

    /// A hub has these on its disk: they have left the building.
    func left(_ names: [ParcelName], _ peer: Peer, by hub: BoxID) {
        let number = peer.office.number
        let wall = store.wallNow()
        store.journal.commit({ try $0.setLeft(names, peer: number, by: hub, wall: wall) }) { error in
            guard error == nil else { return }
            self.namesChanged(names, peer)
        }
    }

    private func namesChanged(_ names: [ParcelName], _ peer: Peer) {
        guard correspondent?.watchesStates == true else { return }
        do {
            var ids: [Int64] = []
            for name in names {
                if let row = try store.reader.outboxRow(name: name, peer: peer.office.number) {
                    ids.append(row.id)
                }
            }
            correspondent?.statesChanged(ids)
        } catch {
            broken(error.description)
        }
    }
}
