import Bundles
import Testing

@Suite struct EpochTests {
    @Test("a drawn epoch is above the one before, also at the end of the counter")
    func drawing() {
        for floor in [
            Epoch.none, Epoch(counter: 7, random: .max), Epoch(counter: .max - 1, random: .max),
            Epoch(counter: .max, random: 5),
        ] {
            #expect(Epoch.drawing(above: floor) > floor)
        }
        #expect(Epoch.drawing(above: nil) != Epoch.drawing(above: nil))
    }

    @Test("epochs are ordered as their bytes are and survive them")
    func bytes() {
        var generator = SeededGenerator(state: 5)
        for _ in 0..<200 {
            let left = Epoch(counter: .random(in: 0...3, using: &generator), random: generator.next())
            let right = Epoch(counter: .random(in: 0...3, using: &generator), random: generator.next())
            #expect((left < right) == left.bytes.lexicographicallyPrecedes(right.bytes))
            #expect(Epoch(bytes: left.bytes) == left)
        }
        #expect(Epoch(bytes: [1, 2, 3]) == nil)
    }

    @Test("a claim that would use up the counter is not believed")
    func claims() {
        let own = Epoch(counter: 10, random: 0)
        #expect(Epoch(counter: 3, random: 1).isBelievable(own: own))
        #expect(Epoch(counter: 10 + Epoch.believableLead, random: 1).isBelievable(own: own))
        #expect(!Epoch(counter: .max, random: 1).isBelievable(own: own))
    }
}
