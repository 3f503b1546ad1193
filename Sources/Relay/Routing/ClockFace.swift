internal import Glibc

/// Times for people to read: in the box's own time zone.
enum ClockFace {
    /// "14:05", or "21 Nov 14:05" when it was another day.
    static func text(_ wallMs: UInt64) -> String {
        var then = time_t(wallMs / 1_000)
        var now = time(nil)
        var parts = tm()
        var today = tm()
        localtime_r(&then, &parts)
        localtime_r(&now, &today)
        let minutes = two(parts.tm_hour) + ":" + two(parts.tm_min)
        if parts.tm_yday == today.tm_yday, parts.tm_year == today.tm_year { return minutes }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months[min(max(Int(parts.tm_mon), 0), 11)]
        return "\(parts.tm_mday) \(month) \(minutes)"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
