import Bundles
import Testing

@testable import Engine

@Suite("Link timing")
struct LinkTimingTests {
    @Test("4 s without sending ask for a sign of life, and the answer keeps the session")
    func pingAndPong() {
        var pair = LinkPair.counted()
        #expect(pair.dialer.nextTick == 4_000)
        #expect(pair.dialer.tick(now: 3_999).isEmpty)
        #expect(!pair.dialer.hasOutput)
        #expect(pair.dialer.tick(now: 4_000).isEmpty)
        #expect(pair.dialer.hasOutput)
        pair.drain(now: 4_000)
        let ping = pair.toListener
        pair.toListener = []
        pair.note(pair.listener.receive(ping, now: 4_020), fromDialer: false, now: 4_020)
        pair.drain(now: 4_020)
        pair.note(pair.dialer.receive(pair.toDialer, now: 4_040), fromDialer: true, now: 4_040)
        #expect(pair.dialer.roundTripMs == 40)
        #expect(pair.dialer.tick(now: 18_000).contains(.suspect))
        #expect(pair.dialer.tick(now: 19_040) == [.close(.silent)])
    }

    @Test("6 s of silence raise suspicion, once; a sign of life lifts it")
    func suspicion() {
        var pair = LinkPair.counted()
        #expect(pair.listener.tick(now: 6_000) == [.suspect])
        #expect(pair.listener.state == .suspect)
        #expect(pair.listener.tick(now: 7_000).isEmpty)
        _ = pair.dialer.tick(now: 7_000)
        pair.drain(now: 7_000)
        #expect(pair.listener.receive(pair.toListener, now: 7_000) == [.recovered])
        #expect(pair.listener.state == .counted)
    }

    @Test("15 s of silence close")
    func silence() {
        var pair = LinkPair.counted()
        #expect(pair.dialer.tick(now: 14_999).closeReason == nil)
        #expect(pair.dialer.tick(now: 15_000) == [.close(.silent)])
        #expect(pair.dialer.writable(now: 15_000).isEmpty)
    }

    @Test("a session that does not read is not silent")
    func pausedReading() {
        var pair = LinkPair.counted()
        pair.listener.setReadingPaused(true, now: 1_000)
        #expect(pair.listener.tick(now: 60_000).isEmpty)
        pair.listener.setReadingPaused(false, now: 60_000)
        #expect(pair.listener.tick(now: 65_999).isEmpty)
        #expect(pair.listener.tick(now: 75_000) == [.close(.silent)])
    }

    @Test("a record that trickles in is a sign of life for a minute and no longer")
    func slowRecord() {
        var pair = LinkPair.counted()
        _ = pair.dialer.send(makeBundle(token: 1, size: 16_000), now: 0)
        pair.drain(now: 0)
        let record = pair.toListener
        var closedAt: UInt64?
        for (index, byte) in record.enumerated().prefix(100) {
            let now = UInt64(index) * 2_000
            _ = pair.listener.receive(CollectionOfOne(byte), now: now)
            if pair.listener.tick(now: now).closeReason == .silent {
                closedAt = now
                break
            }
        }
        #expect((closedAt ?? 0) >= 73_000 && (closedAt ?? .max) <= 76_000)
    }

    @Test("dialing goes on for ever, every few seconds, and at once on a sign of life")
    func dialSchedule() {
        var schedule = DialSchedule(seed: 3, now: 0)
        var starts: [UInt64] = []
        var now: UInt64 = 0
        while now < 3_600_000 {
            now = max(now, schedule.nextTick)
            if schedule.shouldDial(now: now) { starts.append(now) }
            schedule.attemptFailed(now: now + 10)
        }
        let gaps = zip(starts.dropFirst(), starts).map { $0 - $1 }
        #expect(gaps.allSatisfy { $0 >= 3_000 && $0 <= 4_010 })
        #expect(Set(gaps).count > 100, "without jitter two boxes dial in step")
        schedule.signOfLife(now: now + 20)
        #expect(schedule.shouldDial(now: now + 20) == true)
        #expect(schedule.shouldDial(now: now + 21) == false, "one attempt in an interval")
        #expect(
            schedule.shouldDial(now: now + 4_020) == true,
            "beside an attempt without an end the next begins after 4 s")
        schedule.sessionCounts(now: 100)
        #expect(schedule.nextTick == .max)
        schedule.sessionLost(now: 4_200)
        #expect(schedule.shouldDial(now: 4_200) == true)
    }
}
