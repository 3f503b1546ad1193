package import Bundles

/// What a hub says in its register `reach`: with whom it has sessions now and how fast their lines are,
/// so that bundles are made for the slowest hop that is known.
///
/// Per box 9 bytes: its id, and the rate of its line as a power of two in bytes a second, 0 when unknown.
package struct ReachRegister: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package let box: BoxID
        package let rate: UInt8

        package init(box: BoxID, rate: UInt8) {
            self.box = box
            self.rate = rate
        }

        fileprivate var bytes: [UInt8] { box.bytes + [rate] }
    }

    package private(set) var entries: [Entry] = []

    private static let entryBytes = 9
    /// 2^40 bytes a second are more than any line has.
    private static let largestRate: UInt8 = 40

    package init(_ entries: [Entry]) { self.entries = entries }

    /// What is no whole entry is left out.
    package init(_ value: [UInt8]) {
        for start in stride(from: 0, to: value.count - (Self.entryBytes - 1), by: Self.entryBytes) {
            guard let box = BoxID(bytes: Array(value[start..<start + 8])) else { continue }
            entries.append(Entry(box: box, rate: min(value[start + 8], Self.largestRate)))
        }
    }

    package var value: [UInt8] { Self.sorted(entries).flatMap(\.bytes) }

    /// What each of these is told: all others. Sorted once for all of them: a hub may have a thousand.
    package static func values(for entries: [Entry]) -> [(box: BoxID, value: [UInt8])] {
        let sorted = sorted(entries)
        let whole = sorted.flatMap(\.bytes)
        return sorted.enumerated().map { place, entry in
            let start = place * entryBytes
            return (entry.box, Array(whole[..<start] + whole[(start + entryBytes)...]))
        }
    }

    private static func sorted(_ entries: [Entry]) -> [Entry] {
        entries.map { (entry: $0, bytes: $0.bytes) }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.entry)
    }

    /// Bytes a second of the lines whose rate is known.
    package var rates: [BoxID: Int] {
        Dictionary(entries.filter { $0.rate > 0 }.map { ($0.box, 1 << Int($0.rate)) }) { min($0, $1) }
    }

    package static func == (left: Self, right: Self) -> Bool { left.value == right.value }

    /// The power of two for a rate. The one told before stays while it is not far off: a rate that wavers
    /// is not worth a bundle to everybody.
    package static func power(of rate: Int?, told: UInt8) -> UInt8 {
        guard let rate, rate > 1 else { return told }
        if told > 0, told < 62 {
            let before = 1 << Int(told)
            if rate > before / 2, rate < before + before / 2 + before / 4 { return told }
        }
        return UInt8(min(Int.bitWidth - 1 - rate.leadingZeroBitCount, Int(largestRate)))
    }
}

/// When a hub tells whom it reaches. With n sessions one change is n registers of n entries: the more
/// sessions there are, the longer changes are collected, so that a thousand boxes that come up at once are
/// not a thousand times a million entries.
package struct ReachPace: Sendable {
    /// Up to so many sessions every change is told at once.
    package static let promptSessions = 50
    /// Beyond them, milliseconds from one telling to the next for each session: two seconds with a thousand.
    package static let msPerSession: UInt64 = 2

    /// Something changed that was not told yet.
    package private(set) var isDue = false
    private var toldAt: UInt64?

    package init() {}

    /// Somebody came, went, or has another rate.
    package mutating func changed() { isDue = true }

    /// Whether to tell now; to be asked after every change and every tick.
    package mutating func mayTell(sessions: Int, now: UInt64) -> Bool {
        guard isDue else { return false }
        if sessions > Self.promptSessions, let toldAt,
            now < toldAt + UInt64(sessions) * Self.msPerSession
        {
            return false
        }
        isDue = false
        toldAt = now
        return true
    }
}
