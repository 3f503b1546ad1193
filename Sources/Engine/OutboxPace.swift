import Bundles

/// What the planner knows of the line of a way: how large a bundle should be, and how much of it should be
/// under way, so that a cut costs two seconds of the line and not half a minute.
package struct OutboxPace: Sendable, Equatable {
    /// Bytes a second of the slowest hop that is known.
    package var bytesPerSecond: Int
    package var roundTripMs: UInt64

    package init(bytesPerSecond: Int, roundTripMs: UInt64) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        self.roundTripMs = roundTripMs
    }

    /// A bundle takes so long on its line, milliseconds.
    static let bundleMs = 2_000
    /// What is planned ahead of the line beside its round trip, milliseconds.
    static let aheadMs: UInt64 = 6_000
    static let smallestBundle = 1_024
}

extension Outbox {
    /// How fast the line of a way is; nil where nobody knows.
    package mutating func setPace(_ pace: OutboxPace?, of way: OutboxWay) {
        ways[way]?.pace = pace
    }

    /// A bundle of parcels of so many bytes has so many when it is sealed.
    package mutating func sealed(parcelBytes: Int, bundleBytes: Int) {
        guard parcelBytes >= Self.tellingBytes else { return }
        let ratio = min(max(Double(bundleBytes) / Double(parcelBytes), Self.leastShrinking), 1)
        shrinking += (ratio - shrinking) / 4
    }

    /// From so many bytes on a bundle says how well this office's mail is compressed.
    private static var tellingBytes: Int { 512 }
    /// Mail that follows may be compressed less well.
    private static var leastShrinking: Double { 0.25 }

    /// Bytes of parcels in one bundle.
    func bundleBytes(_ way: OutboxWay) -> Int {
        guard let pace = ways[way]?.pace else { return settings.bundleBytes }
        return parcelBytes(
            pace, ms: UInt64(OutboxPace.bundleMs), OutboxPace.smallestBundle...settings.bundleBytes)
    }

    /// Bytes of parcels under way at once.
    private func windowBytes(_ way: OutboxWay) -> Int {
        guard let pace = ways[way]?.pace else { return settings.windowBytes }
        let least = min(2 * bundleBytes(way), settings.windowBytes)
        return parcelBytes(pace, ms: pace.roundTripMs + OutboxPace.aheadMs, least...settings.windowBytes)
    }

    private func parcelBytes(_ pace: OutboxPace, ms: UInt64, _ limits: ClosedRange<Int>) -> Int {
        let bytes = Double(pace.bytesPerSecond) * Double(min(ms, 600_000)) / 1_000 / shrinking
        return min(max(Int(min(bytes, 1e9)), limits.lowerBound), limits.upperBound)
    }

    /// Whether the way takes more of this class. What is less urgent never takes the room of what is more.
    func hasRoom(_ way: OutboxWay, for parcelClass: ParcelClass) -> Bool {
        guard let inFlight = ways[way]?.bytesInFlight else { return false }
        return inFlight[...parcelClass.slot].reduce(0, +) < windowBytes(way)
    }
}
