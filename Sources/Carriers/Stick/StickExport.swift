internal import Bundles
internal import Engine
internal import NIOCore
package import Storage

/// One file of bundles on its way to a stick: what waits for a peer, sealed as for a line, in pieces. Nothing
/// is taken out of the outbox: parcels wait for their acknowledgement, by whatever way it comes.
package final class StickExport {
    /// What the file holds.
    package struct Counts: Sendable, Equatable {
        /// Parcels of mail.
        package var messages = 0
        /// Kept registers: contact cards and nodes.
        package var registers = 0
        /// Sealed bundles of other boxes for the peer.
        package var forOthers = 0
        /// Parcels of the peer's that it acknowledges.
        package var receipts = 0
        package var bundles = 0
    }

    unowned let office: PostOffice
    let peer: Peer
    let preamble: StickPreamble
    var cursor: StickCursor
    private var writer: StickWriter
    /// What an interrupted run has left.
    private var old = StickReader()
    /// Acknowledgements and the sealing key go first, also when the file is continued.
    private var isGreeted = false
    private(set) var isEnded = false
    private var looks = 0
    private var counted: Int?

    /// Bytes, also before compression, after which a segment is closed: so long the loop is busy with it.
    private static let segmentBytes = 384 << 10
    /// How long the list of nodes may take, in looks of 20 ms.
    private static let longestLooks = 250

    init(_ office: PostOffice, peer: Peer, addressee: Peer) {
        self.office = office
        self.peer = peer
        preamble = StickPreamble(
            signer: office.identity.boxID, addressee: addressee.box, createdMs: office.store.wallNow())
        writer = StickWriter(preamble, signing: office.identity.signing)
        cursor = StickCursor(store: office.store.storeID, epoch: office.store.epoch)
        office.correspondent?.announceRegisters(to: peer.office)
    }

    /// The first bytes of a new file.
    package var head: [UInt8] { preamble.encoded }
    package var counts: Counts {
        var counts = cursor.counts
        counts.receipts = receipts
        return counts
    }
    /// The file's id, also of one that is continued.
    var id: [UInt8] { writer.preamble.id }

    private var receipts: Int {
        peer.receiver.wholeAcknowledgement.epochs.reduce(0) {
            $0 + $1.numbers.ranges.reduce(0) { $0 + $1.count }
        }
    }

    /// Parcels, registers and bundles that the file will hold, about: for progress.
    package func expected() throws(StickFailure) -> Int {
        // Counted once: it takes a look at the whole queue.
        if let counted {
            return max(counted, cursor.counts.messages + cursor.counts.registers + cursor.counts.forOthers)
        }
        do {
            let depths = try office.store.reader.queueDepths().filter { $0.peer == peer.office.number }
            let passing = isForPeer ? try office.store.reader.transitCount(to: peer.box) : 0
            let found = depths.reduce(0) { $0 + $1.parcels } + dueRegisters.count + passing
            counted = found
            return found
        } catch {
            throw StickFailure(.notNow, "The database cannot be read: \(error)")
        }
    }

    /// The peer itself imports the file, not a hub for it.
    var isForPeer: Bool { preamble.addressee == peer.box }

    // MARK: Going on

    /// What an interrupted run has left in the file, in order. Throws when it is no such file at all.
    package func feedOld(_ bytes: [UInt8]) throws(StickFailure) {
        do {
            _ = try old.feed(bytes) { head in
                guard head.signer == preamble.signer, head.addressee == preamble.addressee else {
                    throw StickError.altered
                }
                return office.identity.signing.publicKey
            }
        } catch StickError.notAStick {
            throw StickFailure(
                .badInput, "is there and is no half-written export; move it away, or name another file")
        } catch {
            // Half written: what is whole before counts.
        }
    }

    /// After all of it: how many bytes of it stay. 0: the file begins anew with `head`.
    package func resume() -> Int {
        let whole = old
        old = StickReader()
        guard let resumption = whole.resumption,
            let reached = StickCursor(opening: resumption.note, office.store.cipher),
            reached.store == office.store.storeID,
            let continued = StickWriter(continuing: whole, signing: office.identity.signing)
        else { return 0 }
        writer = continued
        cursor = reached
        if cursor.stage == .done { cursor.stage = .mail }
        if cursor.epoch != office.store.epoch { (cursor.epoch, cursor.register) = (office.store.epoch, 0) }
        return resumption.offset
    }

    // MARK: Pieces

    /// The next piece of the file, at most about half a megabyte; nil after the last one.
    package func next(then reply: @escaping (Result<[UInt8]?, StickFailure>) -> Void) {
        guard !isEnded else { return reply(.success(nil)) }
        guard office.peers[peer.box] === peer else {
            return reply(.failure(.init(.badInput, "\(peer.office.name) has left the peer list.")))
        }
        // The list of nodes is made a few a turn.
        if cursor.stage == .registers, !peer.isIndexWhole, looks < Self.longestLooks {
            looks += 1
            office.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { self.next(then: reply) }
            return
        }
        do throws(StorageError) {
            try reply(.success(segment()))
        } catch {
            reply(.failure(.init(.notNow, "The database cannot be read: \(error)")))
        }
    }

    private func segment() throws(StorageError) -> [UInt8] {
        guard cursor.stage != .done else {
            isEnded = true
            return writer.append(StickSegment(kind: .end, note: [], bundles: []))
        }
        var bundles = isGreeted ? [] : greeting()
        isGreeted = true
        var room = Self.segmentBytes
        while room > 0, cursor.stage != .done {
            if cursor.stage == .registers, !peer.isIndexWhole, looks < Self.longestLooks { break }
            let step = try bundlesOfStage(room)
            bundles += step.bundles
            room -= max(step.bytes, step.bundles.reduce(0) { $0 + $1.count })
            // A segment has room for so many, and a stage gives no more than that at once.
            if bundles.count > StickSegment.maxBundles / 2 { break }
        }
        cursor.counts.bundles += bundles.count
        return writer.append(StickSegment(note: cursor.sealed(office.store.cipher), bundles: bundles))
    }

    private func bundlesOfStage(_ room: Int) throws(StorageError) -> Step {
        switch cursor.stage {
        case .mail: try mail(room)
        case .registers: registers(room)
        case .transit: try passing(room)
        case .done: Step()
        }
    }

    /// The file is whole and on its disk: what is in it has left the building.
    package func finished(then done: @escaping (StorageError?) -> Void) {
        let (id, now) = (id, office.store.wallNow())
        office.store.journal.commit({ try $0.finishStick(export: id, at: now) }) { error in
            if error == nil { self.office.leftBy(stick: id) }
            done(error)
        }
    }
}
