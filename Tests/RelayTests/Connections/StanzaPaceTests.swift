import Testing

@testable import Relay

@Suite("The pace of an account")
struct StanzaPaceTests {
    @Test("two seconds of the rate go at once, the rest at the rate")
    func burst() {
        var pace = StanzaPace()
        for _ in 0..<20 { #expect(pace.take(now: 1_000, perSecond: 10) == 0) }
        #expect(pace.take(now: 1_000, perSecond: 10) == 100)
        #expect(pace.take(now: 1_100, perSecond: 10) == 100)
        #expect(pace.take(now: 1_300, perSecond: 10) == 0)
    }

    @Test("silence is not saved up beyond the burst")
    func silence() {
        var pace = StanzaPace()
        _ = pace.take(now: 0, perSecond: 10)
        for _ in 0..<20 { #expect(pace.take(now: 3_600_000, perSecond: 10) == 0) }
        #expect(pace.take(now: 3_600_000, perSecond: 10) > 0)
    }

    @Test("a clock that stands still or goes back gives nothing")
    func clock() {
        var pace = StanzaPace()
        for _ in 0..<20 { _ = pace.take(now: 5_000, perSecond: 10) }
        #expect(pace.take(now: 4_000, perSecond: 10) == 100)
    }
}
