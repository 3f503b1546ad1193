import Engine
import Testing

@Suite("Dial schedule")
struct DialScheduleTests {
    @Test("a session that ended soon is not followed by another dial at once: two boxes would go on for ever")
    func noLivelock() {
        var schedule = DialSchedule(seed: 1, now: 0)
        #expect(schedule.shouldDial(now: 0) == true)
        schedule.sessionCounts(now: 100)
        schedule.sessionLost(now: 160)
        #expect(schedule.shouldDial(now: 160) == false)
        #expect(schedule.nextTick >= 3_100 && schedule.nextTick <= 4_100)
        #expect(schedule.shouldDial(now: 4_100) == true)
    }

    @Test("a session that lasted is dialed again at once when it ends")
    func atOnce() {
        var schedule = DialSchedule(seed: 1, now: 0)
        #expect(schedule.shouldDial(now: 0) == true)
        schedule.sessionCounts(now: 100)
        schedule.sessionLost(now: 4_200)
        #expect(schedule.shouldDial(now: 4_200) == true)
    }

    @Test("a sign of life ends the wait")
    func signOfLife() {
        var schedule = DialSchedule(seed: 1, now: 0)
        #expect(schedule.shouldDial(now: 0) == true)
        schedule.sessionCounts(now: 100)
        schedule.sessionLost(now: 160)
        schedule.signOfLife(now: 200)
        #expect(schedule.shouldDial(now: 200) == true)
    }
}
