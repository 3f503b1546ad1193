/// The version of a register that several boxes may write: when, and by whom (design: `RoomLog`).
/// Ordered by time, then by box, so that two boxes never disagree about which one is newer.
package struct RoomVersion: Hashable, Comparable, Sendable {
    /// Hybrid time: wall milliseconds since 1970 in the upper 48 bits, a counter in the lower 16.
    package let time: UInt64
    /// The box id of the writer, as a number.
    package let box: UInt64

    package init(time: UInt64, box: UInt64) {
        self.time = time
        self.box = box
    }

    /// Wall milliseconds since 1970.
    package var wallMs: UInt64 { time >> 16 }

    package static func < (left: RoomVersion, right: RoomVersion) -> Bool {
        (left.time, left.box) < (right.time, right.box)
    }
}

/// A hybrid logical clock: never behind what it has seen, near the wall clock otherwise.
package struct HybridClock: Sendable {
    /// A stamp further ahead of the wall than this counts as ours: one day.
    package static let believableLeadMs: UInt64 = 86_400_000

    private var last: UInt64

    /// - Parameter floor: the newest time that has been stored.
    package init(floor: UInt64 = 0) { last = floor }

    /// A time greater than every one before.
    package mutating func tick(wallMs: UInt64) -> UInt64 {
        last = max(Self.time(wallMs), last < .max ? last + 1 : last)
        return last
    }

    /// Takes note of another box's time, and returns the one to use for it.
    package mutating func heard(_ time: UInt64, wallMs: UInt64) -> UInt64 {
        let limit = Self.time(min(wallMs, .max - Self.believableLeadMs) + Self.believableLeadMs)
        guard time <= limit else { return tick(wallMs: wallMs) }
        last = max(last, time)
        return time
    }

    private static func time(_ wallMs: UInt64) -> UInt64 { min(wallMs, UInt64.max >> 16) << 16 }
}
