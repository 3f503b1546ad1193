package import Bundles

/// How far one file has come on its way to one box. Units are numbered from 0; each is in one place at most:
/// with the destination, with a hub, on a line, or in doubt.
package struct BlobSending: Sendable {
    package let id: BlobID
    /// Of the file.
    package let bytes: UInt64
    package let units: UInt64
    /// What the destination has on its disk.
    package private(set) var acked: RangeSet
    /// What hubs have on theirs for it.
    package private(set) var custody: RangeSet
    private var onLine = RangeSet()
    /// What was on a line that broke: the destination says whether it came.
    private var doubtful = RangeSet()
    private var doubtfulSince: UInt64 = 0
    private var generation: UInt64?
    /// Ways over which the manifest has gone, and was taken.
    private var manifestWays: Set<OutboxWay> = []
    private var isKnown = false
    /// The destination is asked what it has, without any content.
    var isOfferDue = false
    private var offerAt: UInt64
    private var offers = 0
    private var custodyAt: UInt64 = 0
    private var custodyTries = 0
    /// Where somebody reads; from there first, then what is before.
    private var start: UInt64 = 0
    private(set) var refusals = 0

    /// Wait for the destination's word before its silence counts, milliseconds; doubles up to the longest.
    static let patienceMs: UInt64 = 60_000
    static let longestMs: UInt64 = 3_600_000

    /// - Parameter isResumed: it was under way before; what was on a line then is not known.
    init(id: BlobID, bytes: UInt64, acked: RangeSet, custody: RangeSet, isResumed: Bool, now: UInt64) {
        self.id = id
        self.bytes = bytes
        units = BlobParcel.units(bytes)
        self.acked = acked
        self.custody = custody.subtracting(acked)
        offerAt = now + Self.patienceMs
        custodyAt = now
        guard isResumed else { return }
        doubtful = missing
        doubtfulSince = now
        isOfferDue = true
    }

    private var whole: RangeSet {
        var set = RangeSet()
        if units > 0 { set.insert(0...(units - 1)) }
        return set
    }

    /// What has to leave yet.
    private var missing: RangeSet {
        whole.subtracting(acked).subtracting(custody).subtracting(onLine).subtracting(doubtful)
    }

    /// Bytes that the destination has.
    package var done: UInt64 { min(bytes, acked.total * UInt64(BlobParcel.unitBytes)) }
    /// Bytes that hubs have.
    package var custodyBytes: Int { Int(clamping: custody.total) * BlobParcel.unitBytes }
    func carriesManifest(_ way: OutboxWay) -> Bool { !isKnown && !manifestWays.contains(way) }

    // MARK: What goes next

    /// Marks the next units as being on a line; nil when nothing is left to send.
    mutating func take(atMost count: UInt64) -> ClosedRange<UInt64>? {
        let left = missing.ranges
        guard let range = left.first(where: { $0.upperBound >= start }) ?? left.first else { return nil }
        let first = range.contains(start) ? start : range.lowerBound
        let taken = first...min(range.upperBound, first + count - 1)
        onLine.insert(taken)
        return taken
    }

    mutating func read(from unit: UInt64) { start = unit < units ? unit : 0 }

    /// Time passes. `reached`: since when a way to the destination itself is up; nil while none is.
    mutating func tick(reached: UInt64?, now: UInt64) {
        guard let reached else {
            // Nobody can say what came: better twice than not at all.
            doubtful = RangeSet()
            return
        }
        if !doubtful.isEmpty, now >= max(doubtfulSince, reached) + Self.patienceMs { doubtful = RangeSet() }
        let wait = min(Self.patienceMs << UInt64(min(custodyTries, 6)), Self.longestMs)
        if !custody.isEmpty, now >= max(custodyAt, reached) + wait {
            custody = RangeSet()
            custodyTries += 1
        }
        if missing.isEmpty, now >= max(offerAt, reached) { isOfferDue = true }
    }

    mutating func offered(now: UInt64) {
        isOfferDue = false
        offerAt = now + min(Self.patienceMs << UInt64(min(offers, 6)), Self.longestMs)
        offers += 1
    }

    // MARK: What became of it

    /// A way to the destination came up: it is asked when something is not certain.
    mutating func reached(now: UInt64) {
        offers = 0
        offerAt = now + Self.patienceMs
        if !doubtful.isEmpty || missing.isEmpty { isOfferDue = true }
    }

    mutating func taken(_ range: ClosedRange<UInt64>?, by way: OutboxWay, manifest: Bool, now: UInt64) {
        if manifest { manifestWays.insert(way) }
        refusals = 0
        offerAt = max(offerAt, now + Self.patienceMs)
        guard let range else { return }
        onLine = onLine.subtracting(RangeSet(range))
        guard way != .direct else { return acked.insert(range) }
        custody.formUnion(RangeSet(range).subtracting(acked))
        custodyAt = now
    }

    /// It did not stay where it was sent.
    mutating func refused(_ range: ClosedRange<UInt64>?, isUnknown: Bool) {
        if isUnknown {
            isKnown = false
            manifestWays = []
            refusals += 1
        }
        if let range { onLine = onLine.subtracting(RangeSet(range)) }
    }

    /// The line that it was on broke.
    mutating func lost(_ range: ClosedRange<UInt64>, now: UInt64) {
        onLine = onLine.subtracting(RangeSet(range))
        doubtful.formUnion(RangeSet(range).subtracting(acked))
        doubtfulSince = now
    }

    /// A hub's store is a new one: what it had is gone.
    mutating func custodyLost() {
        custody = RangeSet()
        manifestWays = manifestWays.filter { $0 == .direct }
    }

    mutating func heard(_ report: BlobReport, now: UInt64) {
        let had = whole.subtracting(whole.subtracting(report.units))
        // A word that was on its way while more arrived takes nothing back.
        let isLatest = onLine.isEmpty && custody.isEmpty
        if report.generation == generation, !isLatest { acked.formUnion(had) } else { acked = had }
        generation = report.generation
        custody = custody.subtracting(acked)
        custodyAt = now
        custodyTries = 0
        doubtful = RangeSet()
        // A reader that has nothing of it may know nothing of it.
        isKnown = !had.isEmpty
        if had.isEmpty { manifestWays = [] }
        isOfferDue = false
        offerAt = now + Self.patienceMs
    }
}

extension RangeSet {
    /// One range.
    init(_ range: ClosedRange<UInt64>) {
        self.init()
        insert(range)
    }

    /// How many numbers are in the set.
    package var total: UInt64 {
        ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound + 1) }
    }
}
