import CSystemd

/// What the service manager is told (sd_notify(3)). Outside of systemd every call does nothing.
package enum ServiceNotification {
    /// The box really serves: the units that wait for it may start.
    package static func ready(status: String) { send("READY=1\nSTATUS=\(line(status))") }

    /// One line that `systemctl status` shows, such as the depth of the queue.
    package static func status(_ text: String) { send("STATUS=\(line(text))") }

    /// A sign of life; due at `watchdogInterval`.
    package static func watchdog() { send("WATCHDOG=1") }

    /// The process is about to end by itself.
    package static func stopping() { send("STOPPING=1") }

    /// SIGHUP is being worked on; `ready` ends it. `now` is CLOCK_MONOTONIC in microseconds.
    package static func reloading(now: UInt64) { send("RELOADING=1\nMONOTONIC_USEC=\(now)") }

    /// A start that takes long, such as a migration, gets this much more time.
    package static func extendTimeout(seconds: UInt32) {
        send("EXTEND_TIMEOUT_USEC=\(UInt64(seconds) * 1_000_000)")
    }

    /// How often to call `watchdog`: half of what the unit demands; nil without a watchdog.
    package static var watchdogInterval: TimeSpan? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return TimeSpan(milliseconds: max(1, Int64(microseconds / 2000)))
    }

    private static func send(_ state: String) { _ = sd_notify(0, state) }

    // A line end would begin an assignment of its own.
    private static func line(_ text: String) -> String { text.split(separator: "\n").joined(separator: " ") }
}
