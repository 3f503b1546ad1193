import Bundles
import Testing

@Suite struct RangeSetTests {
    @Test("a range set holds exactly what a plain set holds", arguments: 1...20 as ClosedRange<UInt64>)
    func agreesWithSet(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        var ranges = RangeSet()
        var plain: Set<UInt64> = []
        for _ in 0..<200 {
            let number = UInt64.random(in: 0...150, using: &generator)
            switch UInt8.random(in: 0..<4, using: &generator) {
            case 0:
                let upper = min(number + .random(in: 0...12, using: &generator), 150)
                ranges.insert(number...upper)
                plain.formUnion(number...upper)
            case 1: #expect(ranges.remove(number) == (plain.remove(number) != nil))
            default: #expect(ranges.insert(number) == plain.insert(number).inserted)
            }
            // One expectation per step costs more than the step.
            guard Self.numbers(ranges) == plain, Self.isNormal(ranges) else {
                Issue.record("\(ranges.ranges) is not \(plain.sorted())")
                return
            }
        }
        for number in 0...160 as ClosedRange<UInt64> {
            #expect(ranges.contains(number) == plain.contains(number))
        }
        #expect(ranges.max == plain.max())
    }

    @Test("union, difference and gaps agree with a plain set", arguments: 1...40 as ClosedRange<UInt64>)
    func setAlgebra(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let left = Set((0..<80).map { _ in UInt64.random(in: 0...160, using: &generator) })
        let right = Set((0..<60).map { _ in UInt64.random(in: 0...160, using: &generator) })
        var union = RangeSet(left)
        union.formUnion(RangeSet(right))
        #expect(Self.numbers(union) == left.union(right))
        let difference = RangeSet(left).subtracting(RangeSet(right))
        #expect(Self.numbers(difference) == left.subtracting(right))
        #expect(Self.isNormal(difference))
        let gaps = Set(1...(left.max() ?? 1)).subtracting(left)
        #expect(Self.numbers(RangeSet(left).missing()) == gaps)
    }

    @Test("the ends of 64 bits are numbers like all others")
    func extremes() throws {
        var set = RangeSet([.max, 0])
        let isNew = set.insert(.max - 1)
        #expect(isNew)
        let isNewAgain = set.insert(.max)
        #expect(!isNewAgain)
        #expect(set.ranges == [0...0, (.max - 1)...(.max)])
        #expect(set.missing().ranges == [1...(.max - 2)])
        set.insert(0...(.max))
        #expect(set.ranges == [0...(.max)])
        var writer = ByteWriter()
        set.encode(into: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try RangeSet.decode(from: &reader) == set)
        let wasThere = set.remove(.max)
        #expect(wasThere)
        #expect(set.max == UInt64.max - 1)
    }

    @Test("ranges that touch, overflow or are too many are refused")
    func badRanges() {
        func decode(_ values: [UInt64]) throws -> RangeSet {
            var writer = ByteWriter()
            for value in values { writer.varint(value) }
            var reader = ByteReader(writer.bytes)
            return try RangeSet.decode(from: &reader)
        }
        #expect(throws: ByteError.badValue("gap between ranges")) { try decode([2, 1, 0, 1, 0]) }
        #expect(throws: ByteError.badValue("range")) { try decode([1, .max, 1]) }
        #expect(throws: ByteError.badValue("range")) { try decode([2, 1, 5, .max, 2]) }
        #expect(throws: ByteError.overLimit("range count")) { try decode([65_537]) }
        #expect(throws: ByteError.truncated) { try decode([60_000, 1, 1]) }
    }

    private static func numbers(_ set: RangeSet) -> Set<UInt64> { Set(set.ranges.flatMap { Array($0) }) }

    private static func isNormal(_ set: RangeSet) -> Bool {
        zip(set.ranges, set.ranges.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound }
    }
}
