internal import Glibc

/// The machine's clocks, in milliseconds. The only place of the product that reads them.
package enum Clocks {
    /// Since 1970, as the machine believes; see `Store.wallNow` for the one that never runs backwards.
    package static func wall() -> UInt64 { read(CLOCK_REALTIME) }

    /// Since the machine booted, time asleep included; no jump of the wall clock touches it.
    package static func monotonic() -> UInt64 { read(CLOCK_BOOTTIME) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
