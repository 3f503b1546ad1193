package import Bundles

/// What the planner knows of one durable parcel; its bytes stay in the database.
package struct ParcelHead: Sendable, Hashable {
    package var name: ParcelName
    package var parcelClass: ParcelClass
    /// Who it is from, as the owner counts people: they are served by turns.
    package var sender: Int64
    /// Size of the parcel's body, in bytes, before compression.
    package var bytes: Int
    /// Place in the durable outbox. Grows with every parcel and is never given out twice.
    package var rowID: Int64
    /// End of the parcel's life on the monotonic clock, in milliseconds.
    package var expiresAtMs: UInt64

    package init(
        name: ParcelName, parcelClass: ParcelClass, sender: Int64 = 0, bytes: Int, rowID: Int64,
        expiresAtMs: UInt64
    ) {
        self.name = name
        self.parcelClass = parcelClass
        self.sender = sender
        self.bytes = bytes
        self.rowID = rowID
        self.expiresAtMs = expiresAtMs
    }
}

/// A way for bundles to one destination.
package enum OutboxWay: Sendable, Hashable {
    /// A session with the destination itself.
    case direct
    /// A session with a hub that stores and forwards.
    case via(BoxID)
}

/// What the owner of an `Outbox` does next.
package enum OutboxEffect: Sendable, Equatable {
    /// Read up to `limit` heads with a row id above `after`, in row id order, and answer with
    /// `loaded(heads:more:after:)`.
    case load(after: Int64, limit: Int)
    /// Seal these parcels, all of one epoch, as one bundle and give it to the session of this way.
    case send(way: OutboxWay, names: [ParcelName], parcelClass: ParcelClass)
    /// These ran out of time while they waited: announce them as skipped, then call `expired`.
    case expire([ParcelName])
}

/// Limits and times of an `Outbox`.
package struct OutboxSettings: Sendable {
    /// Heads held in memory at once; the others stay in the database.
    package var windowParcels = 512
    /// Heads beyond it, of people and classes of which little waits: a flood in the database must not hide
    /// what others write after it.
    package var extraParcels = 512
    /// So many of one person's in one class are little.
    package var fewParcels = 32
    /// Bytes on their way over one way, not yet taken or acknowledged, for each class with those above it;
    /// less on a thin line.
    package var windowBytes = 256 * 1_024
    /// A bundle is closed when its parcels reach this many bytes; earlier for a thin line.
    package var bundleBytes = 60 * 1_024
    /// First wait for the destination's acknowledgement, in milliseconds; doubles up to the longest.
    package var resendAfterMs: UInt64 = 30_000
    package var longestResendMs: UInt64 = 900_000
    /// The wait while no way reaches the destination: what a hub holds is safe there.
    package var unreachableResendMs: UInt64 = 21_600_000
    /// A bundle that a live session has neither taken nor refused for this long is offered again.
    package var stalledAfterMs: UInt64 = 900_000
    /// Pause of a way that refused a bundle, in milliseconds.
    package var refusalPauseMs: UInt64 = 30_000

    package init() {}
}
