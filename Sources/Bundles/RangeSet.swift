/// A set of numbers kept as disjoint closed ranges in ascending order, never touching one another.
package struct RangeSet: Equatable, Sendable {
    /// The ranges, ascending; between two of them at least one number is missing.
    package private(set) var ranges: [ClosedRange<UInt64>] = []

    package init() {}

    package init(_ numbers: some Sequence<UInt64>) {
        for number in numbers { insert(number) }
    }

    package var isEmpty: Bool { ranges.isEmpty }
    /// The largest number in the set.
    package var max: UInt64? { ranges.last?.upperBound }

    package func contains(_ number: UInt64) -> Bool {
        let index = firstRange(endingAtOrAfter: number)
        return index < ranges.count && ranges[index].lowerBound <= number
    }

    /// Adds one number; true if it was not in the set.
    @discardableResult
    package mutating func insert(_ number: UInt64) -> Bool {
        guard !contains(number) else { return false }
        insert(number...number)
        return true
    }

    /// Adds a whole range, joining what it touches.
    package mutating func insert(_ range: ClosedRange<UInt64>) {
        // A neighbour that ends just before the new range is joined too.
        let touching = range.lowerBound == 0 ? 0 : range.lowerBound - 1
        let first = firstRange(endingAtOrAfter: touching)
        var end = first
        var lower = range.lowerBound
        var upper = range.upperBound
        while end < ranges.count, upper == .max || ranges[end].lowerBound <= upper + 1 {
            lower = Swift.min(lower, ranges[end].lowerBound)
            upper = Swift.max(upper, ranges[end].upperBound)
            end += 1
        }
        ranges.replaceSubrange(first..<end, with: CollectionOfOne(lower...upper))
    }

    /// Takes one number out; true if it was in the set.
    @discardableResult
    package mutating func remove(_ number: UInt64) -> Bool {
        let index = firstRange(endingAtOrAfter: number)
        guard index < ranges.count, ranges[index].lowerBound <= number else { return false }
        let old = ranges[index]
        var parts: [ClosedRange<UInt64>] = []
        if old.lowerBound < number { parts.append(old.lowerBound...(number - 1)) }
        if number < old.upperBound { parts.append((number + 1)...old.upperBound) }
        ranges.replaceSubrange(index...index, with: parts)
        return true
    }

    package mutating func formUnion(_ other: RangeSet) {
        for range in other.ranges { insert(range) }
    }

    /// What is here and not in `other`.
    package func subtracting(_ other: RangeSet) -> RangeSet {
        var result = RangeSet()
        var index = 0
        for range in ranges {
            var lower = range.lowerBound
            while index < other.ranges.count, other.ranges[index].upperBound < lower { index += 1 }
            var look = index
            var isConsumed = false
            while look < other.ranges.count, other.ranges[look].lowerBound <= range.upperBound {
                let cut = other.ranges[look]
                if cut.lowerBound > lower { result.ranges.append(lower...(cut.lowerBound - 1)) }
                guard cut.upperBound < range.upperBound else {
                    isConsumed = true
                    break
                }
                lower = cut.upperBound + 1
                look += 1
            }
            if !isConsumed { result.ranges.append(lower...range.upperBound) }
        }
        return result
    }

    /// The ranges of numbers from `first` on that are missing below the largest one.
    package func missing(from first: UInt64 = 1) -> RangeSet {
        guard let max, first <= max else { return RangeSet() }
        var whole = RangeSet()
        whole.insert(first...max)
        return whole.subtracting(self)
    }

    /// Index of the first range whose end is `number` or more (binary search).
    private func firstRange(endingAtOrAfter number: UInt64) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = low + (high - low) / 2
            if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
