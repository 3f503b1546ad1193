extension RangeSet {
    /// The most ranges that a decoder takes: 65,536.
    package static let maxEncodedRanges = 65_536

    /// Range count, then per range the distance of its start from the previous end (from 0 at first)
    /// and the distance from its first to its last number, all varints.
    package func encode(into writer: inout ByteWriter) { Self.encode(ranges[...], into: &writer) }

    static func encode(_ ranges: ArraySlice<ClosedRange<UInt64>>, into writer: inout ByteWriter) {
        writer.varint(UInt64(ranges.count))
        var previous: UInt64 = 0
        for range in ranges {
            writer.varint(range.lowerBound - previous)
            writer.varint(range.upperBound - range.lowerBound)
            previous = range.upperBound
        }
    }

    /// Refuses ranges that overlap, touch or run over 64 bits, and more than `maxEncodedRanges`.
    package static func decode(from reader: inout ByteReader) throws(ByteError) -> RangeSet {
        let count = try reader.count(atMost: maxEncodedRanges, "range count")
        guard count <= reader.remaining / 2 else { throw .truncated }
        var set = RangeSet()
        var previous: UInt64 = 0
        for index in 0..<count {
            let gap = try reader.varint()
            let length = try reader.varint()
            guard index == 0 || gap >= 2 else { throw .badValue("gap between ranges") }
            let (lower, overflow) = previous.addingReportingOverflow(gap)
            let (upper, overflowAtEnd) = lower.addingReportingOverflow(length)
            guard !overflow, !overflowAtEnd else { throw .badValue("range") }
            set.insert(lower...upper)
            previous = upper
        }
        return set
    }
}
