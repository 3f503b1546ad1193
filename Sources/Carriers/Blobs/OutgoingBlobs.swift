internal import Bundles
internal import Engine
package import Storage

/// All files on their way to one box.
final class OutgoingBlobs {
    struct File {
        let upload: Upload
        /// Service milliseconds.
        let entered: UInt64
        var reader: FileReader?
        var rate = BlobRate()
    }

    let box: BoxID
    /// Its number in the database.
    let number: Int64
    var queue = BlobQueue()
    var files: [BlobID: File] = [:]
    /// Files that it said it has, in this life: they are not pushed again.
    var delivered: Set<BlobID> = []

    init(box: BoxID, number: Int64) {
        self.box = box
        self.number = number
    }
}

extension BlobExchange {
    /// Brings a file to an office: now, or when there is a way. Does nothing when it is under way or there.
    package func push(_ upload: Upload, to destination: Office) {
        guard let peer = office.peer(of: destination), let id = BlobID(bytes: upload.token) else { return }
        let blobs = outgoing(to: peer.box, number: peer.office.number)
        guard !blobs.delivered.contains(id) else { return }
        begin(id, upload, blobs)
        pump(blobs)
    }

    private func begin(_ id: BlobID, _ upload: Upload, _ blobs: OutgoingBlobs) {
        guard blobs.files[id] == nil, upload.content != nil else { return }
        guard blobs.files.count < Self.transfersPerPeer else {
            return office.note("too many files are on their way: one more has to be asked for", name(blobs))
        }
        let row = BlobTransferRow(
            peer: blobs.number, blob: id, upload: upload.id, acked: RangeSet(), custody: RangeSet(),
            entered: office.store.serviceClock.now())
        blobs.files[id] = .init(upload: upload, entered: row.entered)
        blobs.queue.add(id, bytes: UInt64(upload.size), now: Clocks.monotonic())
        office.store.journal.commit({ try $0.put(transfer: row) }) { error in
            // Without a row nothing goes on after a restart; the reader asks for it then.
            if error != nil {
                self.office.note("the disk is full: a file on its way is not noted", self.name(blobs))
            }
        }
    }

    /// The file is there, or will never be.
    func end(_ id: BlobID, _ blobs: OutgoingBlobs) {
        guard blobs.files.removeValue(forKey: id) != nil else { return }
        blobs.queue.remove(id)
        let number = blobs.number
        office.store.journal.commit({ try $0.removeTransfer(id, peer: number) })
    }

    // MARK: Sending

    func pump(_ blobs: OutgoingBlobs) {
        guard let peer = office.peers[blobs.box] else { return }
        let now = Clocks.monotonic()
        blobs.queue.setWays(ways(to: peer), now: now)
        for piece in blobs.queue.next(now: now) { send(piece, blobs, peer) }
    }

    private func ways(to peer: Peer) -> [OutboxWay: BlobQueue.Way] {
        var ways: [OutboxWay: BlobQueue.Way] = [:]
        if let session = peer.session, !session.isClosed {
            ways[.direct] = .init(session: session.serial, reaches: true)
        }
        for hub in office.peers.values where hub !== peer && hub.forwards {
            guard let session = hub.session, !session.isClosed else { continue }
            ways[.via(hub.box)] = .init(session: session.serial, reaches: hub.reach.contains(peer.box))
        }
        return ways
    }

    private func send(_ piece: BlobPiece, _ blobs: OutgoingBlobs, _ peer: Peer) {
        guard let file = blobs.files[piece.id], let content = file.upload.content,
            let session = office.session(piece.way, peer)
        else { return blobs.queue.unsent(piece.token) }
        guard let units = piece.units else { return dispatch(piece, [], file, blobs, peer, session) }
        let (path, size) = (shelf.path(file.upload.id), file.upload.size)
        let known = file.reader
        let start = Int(clamping: units.lowerBound) * BlobParcel.unitBytes
        let end = min(size, (Int(clamping: units.upperBound) + 1) * BlobParcel.unitBytes)
        shelf.run({
            let reader = try known ?? FileReader(path: path, key: content.key, size: size)
            var bytes: [UInt8] = []
            while start + bytes.count < end { bytes += try reader.bytes(from: start + bytes.count, to: end) }
            return (reader, bytes)
        }) { result in
            guard case .success(let (reader, bytes)) = result else {
                self.office.note("a file on its way cannot be read any more", peer.office.name)
                blobs.queue.unsent(piece.token)
                return self.end(piece.id, blobs)
            }
            blobs.files[piece.id]?.reader = reader
            self.dispatch(piece, bytes, file, blobs, peer, session)
        }
    }

    private func dispatch(
        _ piece: BlobPiece, _ bytes: [UInt8], _ file: OutgoingBlobs.File, _ blobs: OutgoingBlobs,
        _ peer: Peer,
        _ session: LinkConnection
    ) {
        var parcels: [Parcel] = []
        if piece.hasManifest {
            guard let manifest = manifest(file.upload) else {
                blobs.queue.unsent(piece.token)
                return end(piece.id, blobs)
            }
            parcels.append(.blob(BlobParcel(id: piece.id, .manifest(manifest))))
        }
        if let units = piece.units {
            parcels.append(.blob(BlobParcel(id: piece.id, .range(first: units.lowerBound, bytes: bytes))))
        }
        let age = office.store.serviceClock.age(since: file.entered)
        let left = settings.transferMs - min(age, settings.transferMs)
        guard !session.isClosed,
            let bundle = office.seal(
                [parcels], class: .bulk, isLive: false, epoch: office.store.epoch, lifetime: left / 1_000,
                for: peer),
            session.send(
                bundle, class: .bulk, held: 0, as: .blob(destination: peer.box, token: piece.token))
        else { return blobs.queue.unsent(piece.token) }
    }

    /// Nil when the file is gone meanwhile.
    private func manifest(_ upload: Upload) -> BlobManifest? {
        guard let content = upload.content else { return nil }
        let age: UInt64?
        do {
            age = try office.store.age(ofUpload: upload.id)
        } catch {
            office.broken(error.description)
            return nil
        }
        guard let found = age else { return nil }
        let left = settings.keptMs - min(found, settings.keptMs)
        return BlobManifest(
            size: UInt64(upload.size), hash: content.hash, type: upload.type, name: upload.name,
            remainingSeconds: left / 1_000)
    }

    // MARK: What became of it

    func taken(_ token: UInt64, to box: BoxID) {
        guard let blobs = outgoing[box] else { return }
        let now = Clocks.monotonic()
        blobs.queue.taken(token, now: now)
        noteRates(blobs, now)
        pump(blobs)
    }

    private func noteRates(_ blobs: OutgoingBlobs, _ now: UInt64) {
        for (id, file) in blobs.queue.files {
            blobs.files[id]?.rate.note(file.done + UInt64(file.custodyBytes), now: now)
        }
    }

    func refused(_ token: UInt64, to box: BoxID, _ reason: RefusalReason) {
        guard let blobs = outgoing[box] else { return }
        let isFull = reason != .malformed
        if let hopeless = blobs.queue.refused(token, isFull: isFull, now: Clocks.monotonic()) {
            office.note("it does not take a file, however often: given up", name(blobs))
            end(hopeless, blobs)
        }
        pump(blobs)
    }

    func heard(_ report: BlobReport, of id: BlobID, from peer: Peer) {
        guard let blobs = outgoing[peer.box], blobs.files[id] != nil else { return }
        switch report.state {
        case .complete:
            if blobs.delivered.count >= Self.replicasPerPeer { blobs.delivered = [] }
            blobs.delivered.insert(id)
            end(id, blobs)
        case .noRoom:
            office.note("it has no room for a file of this office", peer.office.name)
            end(id, blobs)
        case .receiving:
            let now = Clocks.monotonic()
            blobs.queue.heard(report, of: id, now: now)
            noteRates(blobs, now)
        }
        pump(blobs)
    }

    /// Somebody in the peer's office has opened an address of this box.
    func requested(_ id: BlobID, from unit: UInt64, by peer: Peer) {
        let found: Upload?
        do {
            found = try office.store.upload(token: id.bytes)
        } catch {
            return office.broken(error.description)
        }
        guard let upload = found, upload.content != nil else {
            _ = office.sendUnstored(.blob(BlobParcel(id: id, .absent)), class: .chat, to: peer)
            return
        }
        let blobs = outgoing(to: peer.box, number: peer.office.number)
        blobs.delivered.remove(id)
        begin(id, upload, blobs)
        blobs.queue.read(id, from: unit)
        pump(blobs)
    }
}
