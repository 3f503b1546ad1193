internal import Bundles
internal import Engine
internal import NIOCore
internal import Storage

/// Bundles between other boxes: kept, passed on to the destination's own session, never read. A hub
/// hands a bundle to its destination only, so a bundle cannot go round.
extension PostOffice {
    func passOn(_ bundle: ReceivedBundle, from carrier: Peer, on connection: LinkConnection) {
        let header = bundle.header
        guard settings.forwards, carrier.box == header.origin || carrier.entry.upstream else {
            return refuse(bundle, connection, .notForAPeer, "this box does not forward for it")
        }
        guard let target = peers[header.destination], peers[header.origin] != nil else {
            return refuse(bundle, connection, .notForAPeer, "its destination is not in this box's peer list")
        }
        guard target !== carrier, header.origin != header.destination else {
            return refuse(bundle, connection, .loop, "it would go back where it came from")
        }
        if header.isLive {
            let left = header.lifetimeSeconds - min(header.lifetimeSeconds, bundle.heldSeconds)
            target.session?.pass(
                LinkConnection.LiveBundle(
                    bytes: bundle.bytes, parcelClass: header.parcelClass, held: bundle.heldSeconds,
                    seconds: min(left, Self.longestLive)))
            return
        }
        let number = bundle.number
        keep(passing: header, bundle.bytes, held: bundle.heldSeconds, for: target) { refusal in
            guard let refusal else { return connection.taken([number]) }
            connection.refuse(number, .full, refusal)
        }
    }

    /// Keeps a bundle for another box; `then` gets the reason when there is no room for it.
    func keep(
        passing header: BundleHeader, _ bytes: [UInt8], held: UInt64, for target: Peer,
        then done: @escaping (String?) -> Void
    ) {
        // What others write is taken for what it can be: ten years are longer than any lifetime.
        let held = min(held, Self.longest)
        let lifetime = min(header.lifetimeSeconds, Self.longest)
        let left = lifetime - min(lifetime, held)
        guard !isDiskFull() else { return done("this hub's disk is full") }
        let kept = transitBytes[header.origin, default: 0]
        guard kept + bytes.count <= settings.transitBytesPerOrigin else {
            return done("this hub keeps no more of its bundles now")
        }
        transitBytes[header.origin] = kept + bytes.count
        let row = TransitRow(
            id: store.takeID(), origin: header.origin, destination: header.destination,
            parcelClass: header.parcelClass, held: held, entered: store.serviceClock.now(),
            size: bytes.count)
        store.keep(transit: row, lifetimeMs: left * 1_000, bytes: bytes) { error in
            if error != nil {
                self.transitBytes[header.origin, default: 0] -= bytes.count
                return done("this hub's disk is full")
            }
            done(nil)
            self.counts.forwarded += 1
            target.transit?.add(TransitStream(parcelClass: header.parcelClass, origin: header.origin))
            self.forwardWaiting(to: target)
        }
    }

    /// Seconds.
    private static let longest: UInt64 = 10 * 366 * 86_400
    /// So long a live bundle may wait here, seconds.
    private static let longestLive: UInt64 = 60

    private func refuse(
        _ bundle: ReceivedBundle, _ connection: LinkConnection, _ reason: RefusalReason, _ text: String
    ) {
        if !bundle.header.isLive { connection.refuse(bundle.number, reason, text) }
    }

    /// What may wait in a session's memory, bytes of one class: what its line takes in some seconds.
    private static let window = (8 << 10)...(256 << 10)
    private static let windowSeconds = 4
    /// Bundles of one origin before the next one's.
    private static let turnBundles = 4

    /// Sends what is kept for a peer, from where this session has come to, as far as its queue has room.
    func forwardWaiting(to target: Peer) {
        guard let session = target.session, !target.isTransitPaused else { return }
        do {
            if target.transit == nil {
                target.transit = TransitStreams(try store.reader.transitStreams(to: target.box))
            }
            let rate = session.engine.likelyRate ?? Self.window.upperBound
            let wanted = rate > Self.window.upperBound ? Self.window.upperBound : rate * Self.windowSeconds
            let window = min(max(wanted, Self.window.lowerBound), Self.window.upperBound)
            for parcelClass in ParcelClass.allCases {
                // Writing may find the connection dead: then everything begins anew with the next one.
                while !session.isClosed, session.engine.bytesWaiting(in: parcelClass) < window,
                    try forwardTurn(of: parcelClass, to: target, session)
                {}
            }
        } catch {
            broken(error.description)
        }
    }

    /// Sends some bundles of the origin whose turn it is; false if nothing of this class is left.
    private func forwardTurn(
        of parcelClass: ParcelClass, to target: Peer, _ session: LinkConnection
    ) throws(StorageError) -> Bool {
        guard let (stream, after) = target.transit?.next(parcelClass) else { return false }
        let rows = try store.reader.transitRows(
            to: target.box, of: stream, after: after, limit: Self.turnBundles)
        if rows.isEmpty { target.transit?.isDone(stream) }
        for row in rows where !session.isClosed {
            target.transit?.given(stream, upTo: row.id)
            guard let bytes = try store.reader.transitBytes(id: row.id) else { continue }
            let held = row.held + store.serviceClock.age(since: row.entered) / 1_000
            session.send(
                bytes, class: row.parcelClass, held: held, as: .transit(row: row.id, destination: target.box))
        }
        return true
    }

    /// The destination has it on its disk: this hub's custody ends.
    func transitDelivered(_ row: Int64, to destination: BoxID) {
        guard let target = peers[destination] else { return }
        guard removingTransit.insert(row).inserted else { return }
        let origin: (BoxID, Int)?
        do {
            origin = try store.reader.transitOrigin(id: row)
        } catch {
            return broken(error.description)
        }
        store.journal.commit({ try $0.removeTransit(ids: [row]) }) { error in
            self.removingTransit.remove(row)
            if error == nil, let origin { self.transitBytes[origin.0, default: 0] -= origin.1 }
        }
        forwardWaiting(to: target)
    }

    /// A full destination is asked again later. What it cannot use never gets better: the origin has its
    /// parcels still, and seals them anew.
    func transitRefused(_ row: Int64, to destination: BoxID, _ reason: RefusalReason) {
        guard reason == .full else { return transitDelivered(row, to: destination) }
        guard let target = peers[destination], !target.isTransitPaused else { return }
        target.isTransitPaused = true
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(30)) {
            target.isTransitPaused = false
            target.transit = nil
            if self.peers[destination] === target { self.forwardWaiting(to: target) }
        }
    }
}
