internal import Glibc

/// Numbers of the documents as people read them.
enum HumanText {
    /// "311 B", "4.2 KiB": at most one decimal.
    static func bytes(_ count: Int) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count)
        var unit = "B"
        for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1023.95 {
            value /= 1024
            unit = next
        }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }

    /// A span of milliseconds in its largest unit: "12 s", "3 min", "5 h", "2 days".
    static func span(_ milliseconds: Int) -> String {
        let seconds = max(0, milliseconds / 1000)
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7_200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h"
        default: return "\(seconds / 86_400) days"
        }
    }

    /// Local time of milliseconds since 1970: "14:05:01", with the date if it is not today's.
    static func time(_ milliseconds: Int?, now: Int) -> String {
        guard let milliseconds else { return "-" }
        let day = local(milliseconds, "%Y-%m-%d")
        let clock = local(milliseconds, "%H:%M:%S")
        return day == local(now, "%Y-%m-%d") ? clock : "\(day) \(clock)"
    }

    /// Local date and time of milliseconds since 1970, with the zone.
    static func date(_ milliseconds: Int) -> String { local(milliseconds, "%Y-%m-%d %H:%M:%S %Z") }

    /// Milliseconds since 1970 by this machine's clock.
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    private static func local(_ milliseconds: Int, _ format: String) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return "?" }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { strftime($0, text.count, format, &parts) } ?? 0
            }
        }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
