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

    @Test("each is told all others, in one order")
    func everybody() {
        let entries = (0..<200).map {
            ReachRegister.Entry(box: BoxID(identityKey: [UInt8($0)]), rate: UInt8($0 % 40))
        }
        let told = ReachRegister.values(for: entries)
        #expect(told.count == 200)
        for (box, value) in told {
            #expect(value == ReachRegister(entries.filter { $0.box != box }).value)
        }
    }

    @Test("a few boxes are told of every change at once")
    func prompt() {
        var pace = ReachPace()
        for now: UInt64 in 1...10 {
            #expect(pace.mayTell(sessions: 50, now: now) == false)
            pace.changed()
            #expect(pace.mayTell(sessions: 50, now: now) == true)
        }
    }

    @Test(
        "of a thousand boxes that come up in ten seconds the hub tells fifteen times, not a thousand")
    func thousand() {
        var pace = ReachPace()
        var told: [Int] = []
        for sessions in 1...1_000 {
            pace.changed()
            if pace.mayTell(sessions: sessions, now: UInt64(sessions) * 10), sessions > 50 {
                told.append(sessions)
            }
        }
        #expect(told.count <= 15, "\(told)")
        #expect(pace.isDue)
        #expect(pace.mayTell(sessions: 1_000, now: 20_000) == true)
        #expect(pace.mayTell(sessions: 1_000, now: 30_000) == false)
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
