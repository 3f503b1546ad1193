import Bundles
import Engine
import Testing

@Suite("The clock and its floor")
struct ClockFloorTests {
    /// Milliseconds of 2027-01-15, and of two hours.
    private let saved: UInt64 = 1_800_000_000_000
    private let hours: UInt64 = 7_200_000
    private let peers = (1...4).map { BoxID(identityKey: [UInt8($0)]) }

    private func lost() -> ClockFloor { ClockFloor(floorMs: saved, machineMs: 0, monotonicMs: 1_000) }

    private func hear(
        _ clock: inout ClockFloor, _ peer: Int, _ wall: UInt64, sure: Bool = true, upstream: Bool = false,
        at monotonic: UInt64 = 2_000
    ) {
        clock.heard(
            from: peers[peer], wallMs: wall, isSure: sure, isUpstream: upstream, machineMs: monotonic,
            monotonicMs: monotonic)
    }

    @Test("a machine that knows the time is believed")
    func machine() {
        var clock = ClockFloor(floorMs: saved, machineMs: saved + 5, monotonicMs: 0)
        #expect(clock.now(machineMs: saved + 6, monotonicMs: 1) == saved + 6)
        #expect(clock.isSure && clock.source == .machine)
    }

    @Test("in 1970 the time goes on from the floor, with the monotonic clock, and is not sure")
    func goesOn() {
        var clock = lost()
        #expect(clock.now(machineMs: 0, monotonicMs: 1_000) == saved)
        #expect(clock.now(machineMs: 5_000, monotonicMs: 6_000) == saved + 5_000)
        #expect(!clock.isSure && clock.source == .floor)
    }

    @Test("it never runs backwards, whatever the machine's clock does")
    func neverBackwards() {
        var clock = ClockFloor(floorMs: saved, machineMs: saved, monotonicMs: 0)
        var before = clock.now(machineMs: saved, monotonicMs: 0)
        var random = SeededGenerator(seed: 4)
        for step: UInt64 in 1...2_000 {
            let now = clock.now(machineMs: random.next(upTo: 2 * saved), monotonicMs: step * 100)
            #expect(now >= before)
            before = now
            if step % 50 == 0 {
                hear(&clock, Int(step / 50 % 4), random.next(upTo: 2 * saved), at: step * 100)
            }
        }
    }

    @Test("a machine that is set back far goes on from where it was, unsure, until it catches up")
    func setBack() {
        for wrong: UInt64 in [0, saved + 1] {
            var clock = ClockFloor(floorMs: saved, machineMs: saved, monotonicMs: 0)
            let ahead = saved + 100 * hours
            #expect(clock.now(machineMs: ahead, monotonicMs: 1_000) == ahead)
            #expect(clock.now(machineMs: wrong, monotonicMs: 2_000) == ahead)
            #expect(clock.now(machineMs: wrong + 9_000, monotonicMs: 11_000) == ahead + 9_000)
            #expect(!clock.isSure && clock.source == .floor)
            #expect(clock.now(machineMs: ahead + hours, monotonicMs: 12_000) == ahead + hours)
            #expect(clock.isSure && clock.source == .machine)
        }
    }

    @Test("a small correction backwards stops the time for that long, and it stays sure")
    func correction() {
        var clock = ClockFloor(floorMs: saved, machineMs: saved, monotonicMs: 0)
        #expect(clock.now(machineMs: saved + hours, monotonicMs: 0) == saved + hours)
        #expect(clock.now(machineMs: saved + hours - 60_000, monotonicMs: 1) == saved + hours)
        #expect(clock.isSure && clock.source == .machine)
    }

    @Test("a clock that is ahead of peers who agree is not sure, and says so to others")
    func ahead() {
        var clock = ClockFloor(floorMs: saved + 100 * hours, machineMs: 0, monotonicMs: 0)
        hear(&clock, 0, saved + hours, upstream: true)
        hear(&clock, 1, saved + hours)
        #expect(!clock.isSure && clock.source == .floor)
    }

    @Test("one upstream sets a clock that forgot the time; it is sure when a second peer agrees")
    func upstream() {
        var clock = lost()
        hear(&clock, 0, saved + hours, upstream: true)
        #expect(clock.now(machineMs: 2_000, monotonicMs: 2_000) == saved + hours)
        #expect(!clock.isSure && clock.source == .upstream)
        hear(&clock, 1, saved + hours + 30_000)
        #expect(clock.isSure && clock.source == .peers)
        #expect(clock.now(machineMs: 3_000, monotonicMs: 3_000) >= saved + hours + 1_000)
    }

    @Test("one peer or two that are no upstreams are not believed; the median of three is")
    func median() {
        var clock = lost()
        hear(&clock, 0, saved + hours)
        hear(&clock, 1, saved + hours)
        #expect(clock.now(machineMs: 2_000, monotonicMs: 2_000) == saved + 1_000)
        hear(&clock, 2, saved * 2)
        #expect(clock.now(machineMs: 2_000, monotonicMs: 2_000) == saved + hours)
        #expect(clock.isSure)
    }

    @Test("an upstream that lies moves the clock only as far as a second peer confirms")
    func liar() {
        var clock = lost()
        hear(&clock, 1, saved + hours)
        hear(&clock, 0, saved * 2, upstream: true)
        #expect(clock.now(machineMs: 2_000, monotonicMs: 2_000) == saved + hours)
    }

    @Test("an upstream alone moves it by a year at most, and never a clock that knows the time")
    func alone() {
        var clock = lost()
        hear(&clock, 0, saved * 2, upstream: true)
        #expect(
            clock.now(machineMs: 2_000, monotonicMs: 2_000) == saved + ClockFloor.unconfirmedLeadMs)
        var sure = ClockFloor(floorMs: saved, machineMs: saved + 1, monotonicMs: 0)
        sure.heard(
            from: peers[0], wallMs: saved + hours, isSure: true, isUpstream: true, machineMs: saved + 2,
            monotonicMs: 1)
        #expect(sure.now(machineMs: saved + 3, monotonicMs: 2) == saved + 3)
    }

    @Test("a peer that is not sure itself is no witness")
    func unsure() {
        var clock = lost()
        hear(&clock, 0, saved + hours, sure: false, upstream: true)
        #expect(clock.now(machineMs: 2_000, monotonicMs: 2_000) == saved + 1_000)
    }

    @Test("the machine's own clock counts again when it is ahead")
    func machineLearns() {
        var clock = lost()
        #expect(clock.now(machineMs: saved + hours, monotonicMs: 2_000) == saved + hours)
        #expect(clock.isSure && clock.source == .machine)
    }
}
