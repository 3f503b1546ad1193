internal import Bundles
internal import Engine
internal import NIOCore
internal import Storage

/// What two boxes tell each other of epochs and stores when they meet, and what of it is believed.
extension PostOffice {
    func hello(for peer: Peer) -> Hello {
        let acknowledgement = peer.receiver.acknowledgement
        let highest = acknowledgement.epochs.map(\.epoch).max() ?? .none
        let known = max(highest, peer.knownEpoch)
        let number = acknowledgement.epochs.first { $0.epoch == known }?.numbers.max ?? 0
        return Hello(
            forwards: settings.forwards, epoch: store.epoch, storeID: store.storeID, knownEpoch: known,
            knownNumber: number, sealingKeyID: peer.sealingKey.id, acknowledgement: acknowledgement)
    }

    /// What a peer's hello says of its store, and of us.
    func learn(_ hello: Hello, from peer: Peer) {
        peer.sealsFor = hello.sealingKeyID
        if hello.epoch > peer.knownEpoch { setKnownEpoch(hello.epoch, peer) }
        if hello.knownEpoch > store.epoch, hello.knownEpoch.isBelievable(own: store.epoch),
            peer.names.mayClaim()
        {
            note(
                "this box's past is known from elsewhere (a copied disk?): drawing a new epoch",
                peer.office.name)
            drawEpoch(above: hello.knownEpoch)
        }
        check(hello.knownEpoch, hello.knownNumber, peer)
        if let before = peer.knownStore, before != hello.storeID {
            note("its store is a new one: what it had taken is offered again", peer.office.name)
            let hub = peer.box
            let now = Clocks.monotonic()
            for other in peers.values { other.outbox.storeChanged(of: hub, now: now) }
            forgetTold()
            blobs?.storeChanged(of: hub)
            store.journal.commit({ try $0.forgetLeft(by: hub) })
        }
        setKnownStore(hello.storeID, peer)
    }

    /// The acknowledgement without epochs in which another run of this box (a copy that went on running)
    /// has named mail of its own: it would take ours for delivered.
    func believable(_ claimed: Acknowledgement, _ peer: Peer) -> Acknowledgement {
        for entry in claimed.epochs { check(entry.epoch, entry.numbers.max ?? 0, peer) }
        return peer.names.believable(claimed)
    }

    /// Nobody can know a number of this life that has not been sent.
    private func check(_ epoch: Epoch, _ number: UInt64, _ peer: Peer) {
        guard peer.names.isExposed(epoch, number, ownEpochs: ownEpochs) else { return }
        counts.alarms += 1
        note("numbers of this run are known that it has not sent: naming anew", peer.office.name)
        nameAnew(peer, epoch)
    }

    private func drawEpoch(above other: Epoch) {
        let old = store.epoch
        for peer in peers.values { peer.names.epochDrawn(insteadOf: old) }
        for number in retired.keys { retired[number]?.names.epochDrawn(insteadOf: old) }
        store.drawEpoch(above: other)
        ownEpochs.insert(store.epoch)
    }

    /// Gives the unacknowledged parcels of an epoch new names: others have used theirs. The numbers stay, so
    /// that parcels which are being written now get their new names with the rest.
    private func nameAnew(_ peer: Peer, _ old: Epoch) {
        drawEpoch(above: store.epoch)
        let new = store.epoch
        peer.names.renamed(from: old)
        peer.lastOfConversation = peer.lastOfConversation.mapValues {
            $0.epoch == old ? ParcelName(epoch: new, number: $0.number) : $0
        }
        rename(peer, old, new)
    }

    private func rename(_ peer: Peer, _ old: Epoch, _ new: Epoch) {
        let number = peer.office.number
        store.journal.commit({ try $0.rename(peer: number, from: old, to: new) }) { error in
            guard error == nil else {
                // A full disk: until there is room, they keep names that no acknowledgement counts for.
                self.eventLoop.assumeIsolated().scheduleTask(in: .seconds(10)) { self.rename(peer, old, new) }
                return
            }
            peer.outbox.reload()
            self.drain(peer)
        }
    }
}
