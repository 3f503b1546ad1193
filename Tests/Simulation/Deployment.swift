package import Engine

/// The size and the bad luck of one simulated organisation. Times are milliseconds.
package struct Deployment: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Two to four offices, minutes of trouble, the link's own times.
        case storm
        /// The same for thirty days; the link's timers are stretched, so that a month is not all PINGs.
        case month
        /// 1,000 boxes with 3 hubs, for thirty days.
        case large
    }

    package let kind: Kind
    var offices: Int
    var hubs = 1
    /// Chance that two offices have a line of their own.
    var directPercent = 100
    /// Offices that each one writes to; nil: all.
    var correspondents: Int?
    /// A box that lies about everything forwards beside the hubs.
    var hasLiar = false
    /// Faults come for this long, then everything is mended.
    var troubleMs: UInt64 = 120_000
    /// All has to be over within this time after it.
    var drainLimitMs: UInt64 = 1_800_000
    var lifetimeMs: UInt64 = 30 * 86_400_000
    var housekeepingMs: UInt64 = 20_000
    var bursts: ClosedRange<UInt64> = 10...60
    var faults: ClosedRange<UInt64> = 0...20
    var sticks: ClosedRange<UInt64> = 0...3
    /// Whether sessions tell the time again whenever the house is kept.
    var tellsTime = true
    var link = LinkSettings()
    var dial = DialSchedule.Settings()
    var outbox = OutboxSettings()
    var longestWaitMs: UInt64 = 86_400_000

    package static func drawn(_ kind: Kind, using random: inout SeededGenerator) -> Deployment {
        switch kind {
        case .storm: storm(using: &random)
        case .month: month(using: &random)
        case .large: large()
        }
    }

    private static func storm(using random: inout SeededGenerator) -> Deployment {
        var drawn = Deployment(kind: .storm, offices: Int.random(in: 2...4, using: &random))
        drawn.hubs = Int.random(in: 1...2, using: &random)
        drawn.directPercent = [0, 50, 100].randomElement(using: &random) ?? 100
        drawn.hasLiar = Int.random(in: 0..<4, using: &random) == 0
        drawn.outbox.longestResendMs = 120_000
        drawn.outbox.stalledAfterMs = 120_000
        drawn.longestWaitMs = 200_000
        return drawn
    }

    private static func month(using random: inout SeededGenerator) -> Deployment {
        var drawn = storm(using: &random)
        drawn = Deployment(
            kind: .month, offices: drawn.offices, hubs: drawn.hubs, directPercent: drawn.directPercent,
            hasLiar: drawn.hasLiar)
        drawn.stretch()
        drawn.bursts = 20...120
        drawn.faults = 10...60
        drawn.sticks = 0...10
        // Short enough to run out while an office is dark.
        drawn.lifetimeMs = UInt64.random(in: 2...20, using: &random) * 86_400_000
        return drawn
    }

    private static func large() -> Deployment {
        var large = Deployment(kind: .large, offices: 997, hubs: 3, directPercent: 0, correspondents: 4)
        large.stretch()
        large.link.pingAfterMs = 4 * 3_600_000
        large.link.suspectMs = 6 * 3_600_000
        large.link.silenceDownMs = 14 * 3_600_000
        large.bursts = 10_000...10_000
        large.faults = 4_000...4_000
        large.sticks = 200...200
        large.tellsTime = false
        large.lifetimeMs = 10 * 86_400_000
        return large
    }

    /// A month: one PING an hour instead of every four seconds, all else in proportion.
    private mutating func stretch() {
        troubleMs = 30 * 86_400_000
        drainLimitMs = 4 * 86_400_000
        housekeepingMs = 3_600_000
        link.pingAfterMs = 3_600_000
        link.suspectMs = 5_400_000
        link.silenceDownMs = 13_050_000
        link.handshakeLimitMs = 60_000
        dial.intervalMs = 3_600_000
        dial.jitterMs = 900_000
        dial.attemptLimitMs = 600_000
        outbox.refusalPauseMs = 3_600_000
        outbox.longestResendMs = 7_200_000
        outbox.stalledAfterMs = 7_200_000
    }
}
