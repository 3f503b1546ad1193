internal import NIOCore
internal import Storage

/// Monotonic milliseconds, for the relay's timers.
enum Clock {
    static func now() -> UInt64 { Clocks.monotonic() }
}

extension Relay {
    /// Runs `body` behind everything that the loop is doing in this turn.
    func soon(_ body: @escaping () -> Void) { eventLoop.assumeIsolated().execute(body) }
}
