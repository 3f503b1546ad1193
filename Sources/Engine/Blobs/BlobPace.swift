import Bundles

/// How much of files may be on its way over one hop at once: about three seconds of what it carries, so
/// that the line is never idle and its queue stays short. Learned from how long the hop takes to answer.
package struct BlobPace: Sendable {
    /// Bytes: two units at least, so that one travels while the other is answered.
    package static let smallest = 2 * BlobParcel.unitBytes
    package static let largest = 512 << 10
    /// An answer within this time makes the window larger, one after that smaller; milliseconds.
    static let quickMs: UInt64 = 3_000
    static let slowMs: UInt64 = 10_000

    /// Bytes that may be under way.
    package private(set) var window = 2 * smallest
    private var lastSlowAt: UInt64 = 0

    package init() {}

    /// Units of the next range: a quarter of the window.
    var units: UInt64 {
        UInt64(min(max(window / 4 / BlobParcel.unitBytes, 1), BlobParcel.maxUnits))
    }

    /// The hop has answered for so many bytes, sent so long ago.
    mutating func answered(bytes: Int, afterMs: UInt64, now: UInt64) {
        if afterMs <= Self.quickMs {
            window = min(Self.largest, window + bytes)
        } else if afterMs > Self.slowMs, now >= lastSlowAt + Self.slowMs {
            // What was sent before the window shrank is slow, too: once is enough.
            lastSlowAt = now
            window = max(Self.smallest, window / 2)
        }
    }
}
