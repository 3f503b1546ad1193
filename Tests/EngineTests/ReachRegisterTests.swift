import Bundles
import Testing

@testable import Engine

@Suite("Whom a hub reaches")
struct ReachRegisterTests {
    private let first = BoxID(identityKey: [1])
    private let second = BoxID(identityKey: [2])

    @Test("boxes and rates come back as they were told; an unknown rate is none")
    func roundTrip() {
        let register = ReachRegister([.init(box: first, rate: 10), .init(box: second, rate: 0)])
        #expect(register.value.count == 18)
        #expect(ReachRegister(register.value) == register)
        #expect(ReachRegister(register.value).rates == [first: 1_024])
    }

    @Test("half an entry and an absurd rate do no harm")
    func badInput() {
        #expect(
            ReachRegister(Array(ReachRegister([.init(box: first, rate: 10)]).value.dropLast())).entries
                .isEmpty)
        #expect(ReachRegister(first.bytes + [255]).rates == [first: 1 << 40])
    }

    @Test("a rate that wavers is told once, one that changes is told again")
    func powers() {
        #expect(ReachRegister.power(of: 1_200, told: 0) == 10)
        #expect(ReachRegister.power(of: 1_700, told: 10) == 10)
        #expect(ReachRegister.power(of: 600, told: 10) == 10)
        #expect(ReachRegister.power(of: 400, told: 10) == 8)
        #expect(ReachRegister.power(of: 8_000, told: 10) == 12)
        #expect(ReachRegister.power(of: nil, told: 10) == 10)
    }
}
