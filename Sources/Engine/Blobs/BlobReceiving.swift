package import Bundles

/// How far one file of another box has come here.
package struct BlobReceiving: Sendable {
    /// Of the file.
    package let bytes: UInt64
    package let units: UInt64
    package let generation: UInt64
    /// The units on the disk.
    package private(set) var have: RangeSet
    private var writing = RangeSet()
    private var unreportedUnits: UInt64 = 0
    private var reportedAt: UInt64

    /// A report goes out after so many units or milliseconds, where no hop's answer says the same.
    static let reportUnits: UInt64 = 256
    static let reportMs: UInt64 = 5_000

    package init(bytes: UInt64, generation: UInt64, have: RangeSet, now: UInt64) {
        self.bytes = bytes
        units = BlobParcel.units(bytes)
        self.generation = generation
        self.have = have
        reportedAt = now
    }

    package var isWhole: Bool { units == 0 || have.ranges == [0...(units - 1)] }
    /// Bytes on the disk.
    package var done: UInt64 { min(bytes, have.total * UInt64(BlobParcel.unitBytes)) }

    /// The units that can be read from `unit` on without a gap; nil when that one is not there.
    package func readable(from unit: UInt64) -> ClosedRange<UInt64>? {
        guard let range = have.ranges.first(where: { $0.contains(unit) }) else { return nil }
        return unit...range.upperBound
    }

    /// A range arrives. Returns what of it has to be written, nothing when it is there or being written;
    /// nil when it cannot be of this file.
    package mutating func arrived(first: UInt64, bytes count: Int) -> [ClosedRange<UInt64>]? {
        let unit = UInt64(BlobParcel.unitBytes)
        guard count > 0, first < units, UInt64(count) <= bytes - first * unit else { return nil }
        let isEnd = first * unit + UInt64(count) == bytes
        guard isEnd || UInt64(count) % unit == 0 else { return nil }
        let fresh = RangeSet(first...(first + BlobParcel.units(UInt64(count)) - 1))
            .subtracting(have).subtracting(writing)
        writing.formUnion(fresh)
        return fresh.ranges
    }

    /// These are on the disk now.
    package mutating func written(_ ranges: [ClosedRange<UInt64>]) {
        for range in ranges {
            writing = writing.subtracting(RangeSet(range))
            have.insert(range)
            unreportedUnits += range.upperBound - range.lowerBound + 1
        }
    }

    /// These could not be written.
    package mutating func failed(_ ranges: [ClosedRange<UInt64>]) {
        for range in ranges { writing = writing.subtracting(RangeSet(range)) }
    }

    /// Whether the owner should be told how far it is.
    package func isReportDue(now: UInt64) -> Bool {
        unreportedUnits >= Self.reportUnits || (unreportedUnits > 0 && now >= reportedAt + Self.reportMs)
    }

    package mutating func reported(now: UInt64) {
        unreportedUnits = 0
        reportedAt = now
    }
}
