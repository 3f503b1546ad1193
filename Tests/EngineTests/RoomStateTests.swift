import Engine
import Testing

@Suite("The state of a room that several boxes may write")
struct RoomStateTests {
    @Test("of those who were taken off the lists the newest are remembered, the others forgotten")
    func departed() {
        var state = RoomState()
        for number in 0..<10 {
            let version = RoomVersion(time: UInt64(100 - number), box: 1)
            let value = number == 5 ? RoomMembership(.member).encoded : nil
            state.take("affiliation/\(number)@a.test", RoomRegister(value: value, version: version))
        }
        state.take("config/name", RoomRegister(value: nil, version: RoomVersion(time: 1, box: 1)))
        #expect(state.forgettable(keeping: 7) == ["affiliation/9@a.test", "affiliation/8@a.test"])
        #expect(state.forgettable(keeping: 9).isEmpty)
    }

    private func register(_ value: String?, _ time: UInt64, _ box: UInt64) -> RoomRegister {
        RoomRegister(value: value, version: RoomVersion(time: time, box: box))
    }

    /// Registers of three boxes, with equal times and takings-away among them.
    private var writes: [(String, RoomRegister)] {
        [
            ("subject", register("one", 1, 1)), ("subject", register("two", 2, 1)),
            ("subject", register("zwei", 2, 2)),
            ("affiliation/a@x", register("owner\n\n", 5, 1)), ("affiliation/a@x", register(nil, 6, 3)),
            ("affiliation/b@x", register(nil, 7, 2)), ("affiliation/b@x", register("member\n\n", 3, 1)),
            ("config/whois", register("anyone", 9, 1)), ("config/whois", register("moderators", 9, 1)),
        ]
    }

    @Test("boxes that have seen the same changes show the same room, whatever the order")
    func order() {
        var generator = SystemRandomNumberGenerator()
        var first = RoomState()
        for (name, value) in writes { first.take(name, value) }
        for _ in 0..<50 {
            var other = RoomState()
            for (name, value) in writes.shuffled(using: &generator) { other.take(name, value) }
            #expect(other == first)
        }
        #expect(first["subject"] == "zwei")
        #expect(first["affiliation/a@x"] == nil)
        #expect(first["affiliation/b@x"] == nil)
    }

    @Test("a merge is the same from both sides, and a second one changes nothing")
    func merge() {
        var left = RoomState()
        var right = RoomState()
        for (index, write) in writes.enumerated() {
            if index % 2 == 0 { left.take(write.0, write.1) } else { right.take(write.0, write.1) }
        }
        var fromLeft = left
        fromLeft.merge(right)
        var fromRight = right
        fromRight.merge(left)
        #expect(fromLeft == fromRight)
        let once = fromLeft
        fromLeft.merge(right)
        fromLeft.merge(left)
        #expect(fromLeft == once)
    }

    @Test("an older value does not come back after it was taken away")
    func tombstone() {
        var state = RoomState()
        state.take("affiliation/a@x", register(nil, 5, 1))
        let cameBack = state.take("affiliation/a@x", register("owner\n\n", 4, 9))
        #expect(!cameBack)
        #expect(state.affiliation(of: "a@x") == .none)
    }

    @Test("an entry of the lists keeps its nickname and reason, whatever they hold")
    func membership() {
        let entry = RoomMembership(.outcast, nick: "Old Hag", reason: "two\nlines")
        let read = RoomMembership(encoded: entry.encoded)
        #expect(read == RoomMembership(.outcast, nick: "Old Hag", reason: "two lines"))
        #expect(RoomMembership(encoded: "king\n\n") == nil)
        #expect(RoomMembership(encoded: "owner") == nil)
    }

    @Test("hybrid time grows while the wall clock stands still or goes back")
    func clockGrows() {
        var clock = HybridClock()
        let first = clock.tick(wallMs: 1_000)
        let second = clock.tick(wallMs: 1_000)
        let third = clock.tick(wallMs: 10)
        #expect(first < second && second < third)
        #expect(RoomVersion(time: first, box: 1).wallMs == 1_000)
    }

    @Test("a stamp that is more than a day ahead counts as ours")
    func clockBelieves() {
        var clock = HybridClock()
        let soon = (1_000 + HybridClock.believableLeadMs) << 16
        let believed = clock.heard(soon, wallMs: 1_000)
        let after = clock.tick(wallMs: 1_000)
        #expect(believed == soon)
        #expect(after > soon)
        var other = HybridClock()
        let replaced = other.heard(.max, wallMs: 1_000)
        #expect(replaced == 1_000 << 16)
    }
}
