import Bundles
import Engine
import Testing

@Suite("Names given in one run")
struct GivenNamesTests {
    private let epoch = Epoch(counter: 3, random: 1)

    @Test("numbers count from 1, and go on in a new epoch from 1")
    func counting() {
        var names = GivenNames()
        #expect(names.next(in: epoch).number == 1)
        #expect(names.next(in: epoch).number == 2)
        names.epochDrawn(insteadOf: epoch)
        #expect(names.next(in: Epoch(counter: 4, random: 1)).number == 1)
    }

    @Test("who knows a number that was not sent has it from another run; once told, no word of it counts")
    func exposed() {
        var names = GivenNames()
        names.sent([ParcelName(epoch: epoch, number: 4)], ownEpochs: [epoch])
        #expect(names.isExposed(epoch, 4, ownEpochs: [epoch]) == false)
        #expect(names.isExposed(Epoch(counter: 1, random: 1), 9, ownEpochs: [epoch]) == false)
        #expect(names.isExposed(epoch, 5, ownEpochs: [epoch]) == true)
        #expect(names.isExposed(epoch, 6, ownEpochs: [epoch]) == false)
        var numbers = RangeSet()
        numbers.insert(1...9)
        let claim = Acknowledgement(storeID: 1, epochs: [.init(epoch: epoch, numbers: numbers)])
        #expect(names.believable(claim).epochs.isEmpty)
    }

    @Test("what is named anew keeps its numbers")
    func renamed() {
        var names = GivenNames(last: 7)
        names.epochDrawn(insteadOf: epoch)
        names.renamed(from: epoch)
        #expect(names.last == 7)
    }

    @Test("a liar makes a box draw a new epoch eight times, no more")
    func claims() {
        var names = GivenNames()
        var granted = 0
        for _ in 0..<50 where names.mayClaim() { granted += 1 }
        #expect(granted == GivenNames.maxClaims)
    }
}
