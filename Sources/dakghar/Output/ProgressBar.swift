internal import Glibc

/// A line on a terminal that says how far long work has come; nothing when nobody looks.
struct ProgressBar {
    private let title: String
    private let isShown: Bool
    private var shownAt: UInt64 = 0
    private var isDrawn = false

    private static let cells = 30
    /// Milliseconds between two looks.
    private static let pause: UInt64 = 100

    /// Shown only if standard output and error are both terminals, and `shows`.
    init(_ title: String, shows: Bool) {
        self.title = title
        isShown = shows && Terminal.isOutputATerminal && isatty(STDERR_FILENO) == 1
    }

    mutating func show(_ done: Int, of total: Int) {
        guard isShown else { return }
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
        guard done >= total || now >= shownAt + Self.pause else { return }
        shownAt = now
        isDrawn = true
        Terminal.draw("\r" + Self.line(title, done, of: total))
    }

    /// Takes the line away.
    mutating func clear() {
        guard isDrawn else { return }
        isDrawn = false
        Terminal.draw("\r\u{1B}[K")
    }

    /// "checking  [######------------------------]  20 %"
    static func line(_ title: String, _ done: Int, of total: Int) -> String {
        let share = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 1
        let full = Int(share * Double(cells))
        let percent = "\(Int(share * 100))"
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: cells - full)
        return "\(title)  [\(bar)] \(String(repeating: " ", count: 3 - percent.count))\(percent) %"
    }
}
