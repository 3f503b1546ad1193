package import Bundles

/// A range of a file, a manifest, or both, to be sealed and sent over one way.
package struct BlobPiece: Sendable, Equatable {
    /// Given back when it was taken, refused or lost.
    package let token: UInt64
    package let id: BlobID
    /// Nil: the manifest only, to be told what the destination has.
    package let units: ClosedRange<UInt64>?
    package let hasManifest: Bool
    package let way: OutboxWay
}

/// All files on their way to one box: what goes next over which way. A pure engine: events and the time go
/// in, pieces come out.
package struct BlobQueue: Sendable {
    /// A way that is up.
    package struct Way: Sendable, Equatable {
        /// Another number is another session: what was on the line of the last one is in doubt.
        package var session: UInt64
        /// Whether the destination itself is there now; otherwise a hub keeps it.
        package var reaches: Bool

        package init(session: UInt64, reaches: Bool) {
            self.session = session
            self.reaches = reaches
        }
    }

    private struct Line: Sendable {
        var way: Way
        var pace = BlobPace()
        var bytes = 0
        var pausedUntil: UInt64 = 0
    }

    private struct Sent: Sendable {
        let piece: BlobPiece
        let bytes: Int
        let at: UInt64
    }

    /// Bytes that hubs may hold for the destination before it has spoken: a file never fills a hub's quota.
    package static let custodyLimit = 32 << 20
    /// Pause of a way that had no room, milliseconds.
    static let pauseMs: UInt64 = 30_000
    /// So often in a row a destination may say that it knows nothing of a file, then it is given up.
    static let refusalLimit = 8
    /// Pieces that one call gives out.
    private static let burst = 32

    package private(set) var files: [BlobID: BlobSending] = [:]
    /// In this order; what somebody waits for goes first.
    private var order: [BlobID] = []
    private var lines: [OutboxWay: Line] = [:]
    private var sent: [UInt64: Sent] = [:]
    private var lastToken: UInt64 = 0
    private var reachedSince: UInt64?
    private var changed: Set<BlobID> = []

    package init() {}

    package var isEmpty: Bool { files.isEmpty }

    // MARK: Files

    /// - Parameter isResumed: it was under way before this process began.
    package mutating func add(
        _ id: BlobID, bytes: UInt64, acked: RangeSet = RangeSet(), custody: RangeSet = RangeSet(),
        isResumed: Bool = false, now: UInt64
    ) {
        guard files[id] == nil else { return }
        files[id] = BlobSending(
            id: id, bytes: bytes, acked: acked, custody: custody, isResumed: isResumed, now: now)
        if bytes == 0 { files[id]?.isOfferDue = true }
        order.append(id)
    }

    /// Somebody at the destination waits for this file, from this unit on.
    package mutating func read(_ id: BlobID, from unit: UInt64) {
        guard files[id] != nil else { return }
        files[id]?.read(from: unit)
        order.removeAll { $0 == id }
        order.insert(id, at: 0)
    }

    package mutating func remove(_ id: BlobID) {
        files[id] = nil
        order.removeAll { $0 == id }
        changed.remove(id)
    }

    /// The files whose state has changed since the last call: to be saved.
    package mutating func takeChanges() -> [BlobSending] {
        defer { changed = [] }
        return changed.compactMap { files[$0] }
    }

    // MARK: Ways

    /// The ways that are up now.
    package mutating func setWays(_ ways: [OutboxWay: Way], now: UInt64) {
        var isNewlyReached = false
        for (way, line) in lines where ways[way]?.session != line.way.session {
            lines[way] = nil
            lose(way, now: now)
        }
        for (key, way) in ways {
            let before = lines[key]
            if way.reaches, before?.way.reaches != true { isNewlyReached = true }
            var line = before ?? Line(way: way)
            line.way = way
            lines[key] = line
        }
        let reaches = ways.values.contains { $0.reaches }
        reachedSince = reaches ? reachedSince ?? now : nil
        guard isNewlyReached else { return }
        for id in order { files[id]?.reached(now: now) }
    }

    private mutating func lose(_ way: OutboxWay, now: UInt64) {
        for (token, piece) in sent where piece.piece.way == way {
            sent[token] = nil
            if let range = piece.piece.units { files[piece.piece.id]?.lost(range, now: now) }
        }
    }

    /// A hub has lost what it had.
    package mutating func custodyLost() {
        for id in order {
            files[id]?.custodyLost()
            changed.insert(id)
        }
    }

    // MARK: What goes next

    package mutating func next(now: UInt64) -> [BlobPiece] {
        guard !lines.isEmpty, !files.isEmpty else { return [] }
        for id in order { files[id]?.tick(reached: reachedSince, now: now) }
        var pieces: [BlobPiece] = []
        let ways = lines.keys.filter { isUsable($0) && lines[$0]?.pausedUntil ?? 0 <= now }.sorted(
            by: isBefore)
        guard let best = ways.first else { return [] }
        if reachedSince != nil {
            for id in order where files[id]?.isOfferDue == true {
                pieces.append(send(id, nil, best, now))
                files[id]?.offered(now: now)
                if pieces.count >= Self.burst { return pieces }
            }
        }
        for way in ways {
            while pieces.count < Self.burst, let piece = nextRange(way, now) { pieces.append(piece) }
        }
        return pieces
    }

    /// A hub that does not reach the destination keeps what no other way can take.
    private func isUsable(_ way: OutboxWay) -> Bool {
        guard let line = lines[way] else { return false }
        return line.way.reaches || reachedSince == nil
    }

    private func isBefore(_ left: OutboxWay, _ right: OutboxWay) -> Bool {
        switch (left, right) {
        case (.direct, _): right != .direct
        case (_, .direct): false
        case (.via(let left), .via(let right)): left.bytes.lexicographicallyPrecedes(right.bytes)
        }
    }

    private mutating func nextRange(_ way: OutboxWay, _ now: UInt64) -> BlobPiece? {
        guard let line = lines[way] else { return nil }
        let units = line.pace.units
        guard line.bytes + Int(units) * BlobParcel.unitBytes <= line.pace.window else { return nil }
        if way != .direct {
            let held = files.values.reduce(line.bytes) { $0 + $1.custodyBytes }
            guard held < Self.custodyLimit else { return nil }
        }
        for id in order {
            guard let range = files[id]?.take(atMost: units) else { continue }
            return send(id, range, way, now)
        }
        return nil
    }

    private mutating func send(
        _ id: BlobID, _ range: ClosedRange<UInt64>?, _ way: OutboxWay, _ now: UInt64
    ) -> BlobPiece {
        lastToken += 1
        let piece = BlobPiece(
            token: lastToken, id: id, units: range,
            hasManifest: range == nil || files[id]?.carriesManifest(way) == true, way: way)
        let count = range.map { Int(clamping: $0.upperBound - $0.lowerBound + 1) } ?? 0
        let bytes = count * BlobParcel.unitBytes
        sent[lastToken] = Sent(piece: piece, bytes: bytes, at: now)
        lines[way]?.bytes += bytes
        return piece
    }

    // MARK: What became of it

    /// The hop has it on its disk.
    package mutating func taken(_ token: UInt64, now: UInt64) {
        guard let done = settle(token) else { return }
        let waited = now - min(now, done.at)
        lines[done.piece.way]?.pace.answered(bytes: done.bytes, afterMs: waited, now: now)
        files[done.piece.id]?.taken(
            done.piece.units, by: done.piece.way, manifest: done.piece.hasManifest, now: now)
        if files[done.piece.id] != nil { changed.insert(done.piece.id) }
    }

    /// The hop did not keep it.
    /// - Parameter isFull: it has no room now; otherwise it does not know what this is.
    /// - Returns: a file that is given up.
    package mutating func refused(_ token: UInt64, isFull: Bool, now: UInt64) -> BlobID? {
        guard let done = settle(token) else { return nil }
        if isFull { lines[done.piece.way]?.pausedUntil = now + Self.pauseMs }
        files[done.piece.id]?.refused(done.piece.units, isUnknown: !isFull)
        guard files[done.piece.id]?.refusals ?? 0 > Self.refusalLimit else { return nil }
        return done.piece.id
    }

    /// It could not be sent.
    package mutating func unsent(_ token: UInt64) {
        guard let done = settle(token) else { return }
        files[done.piece.id]?.refused(done.piece.units, isUnknown: false)
    }

    private mutating func settle(_ token: UInt64) -> Sent? {
        guard let done = sent.removeValue(forKey: token) else { return nil }
        lines[done.piece.way]?.bytes -= done.bytes
        return done
    }

    /// The destination says how far it has come.
    package mutating func heard(_ report: BlobReport, of id: BlobID, now: UInt64) {
        guard files[id] != nil else { return }
        files[id]?.heard(report, now: now)
        changed.insert(id)
    }
}
