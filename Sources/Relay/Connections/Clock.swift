internal import Storage

/// Monotonic milliseconds, for the relay's timers.
enum Clock {
    static func now() -> UInt64 { Clocks.monotonic() }
}
