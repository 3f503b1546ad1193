import Testing

@testable import Relay

@Suite("Failed logins")
struct LoginThrottleTests {
    private static let minute: UInt64 = 60_000

    @Test("each failure is answered later than the one before, up to 12.8 seconds")
    func slowing() {
        var throttle = LoginThrottle()
        let delays = (0..<12).map { _ in throttle.failed(address: "10.0.0.1", account: "alice", now: 0) }
        #expect(delays.prefix(3) == [200, 800, 1_800])
        #expect(delays == delays.sorted())
        #expect(delays.max() == 12_800 && LoginThrottle.longestDelay == 12_800)
    }

    @Test("a guesser with many addresses is stopped by the account")
    func accountLimit() {
        var throttle = LoginThrottle()
        for number in 0..<30 { _ = throttle.failed(address: "10.0.0.\(number)", account: "alice", now: 0) }
        #expect(!throttle.allows(address: "10.0.1.1", account: "alice", now: 0))
        #expect(throttle.allows(address: "10.0.1.1", account: "bob", now: 0))
    }

    @Test("a guesser with many names is stopped by the address")
    func addressLimit() {
        var throttle = LoginThrottle()
        for number in 0..<40 { _ = throttle.failed(address: "10.0.0.1", account: "name\(number)", now: 0) }
        #expect(!throttle.allows(address: "10.0.0.1", account: "alice", now: 0))
        #expect(!throttle.allows(address: "10.0.0.1", account: nil, now: 0))
        #expect(throttle.allows(address: "10.0.0.2", account: "alice", now: 0))
    }

    @Test("nobody who guesses elsewhere locks a person out of where they log in from")
    func noLockout() {
        var throttle = LoginThrottle()
        throttle.succeeded(address: "10.0.0.1", account: "alice")
        for number in 0..<100 { _ = throttle.failed(address: "10.0.9.\(number)", account: "alice", now: 0) }
        #expect(throttle.allows(address: "10.0.0.1", account: "alice", now: 0))
        #expect(!throttle.allows(address: "10.0.0.2", account: "alice", now: 0))
    }

    @Test("a neighbour behind the same address who fails with other names locks nobody out")
    func sharedAddress() {
        var throttle = LoginThrottle()
        throttle.succeeded(address: "10.0.0.1", account: "alice")
        for number in 0..<60 { _ = throttle.failed(address: "10.0.0.1", account: "name\(number)", now: 0) }
        #expect(throttle.allows(address: "10.0.0.1", account: "alice", now: 0))
    }

    @Test("guesses from where the person logs in from are limited, too")
    func knownPlaceIsLimited() {
        var throttle = LoginThrottle()
        throttle.succeeded(address: "10.0.0.1", account: "alice")
        for _ in 0..<30 { _ = throttle.failed(address: "10.0.0.1", account: "alice", now: 0) }
        #expect(!throttle.allows(address: "10.0.0.1", account: "alice", now: 0))
    }

    @Test("a login of one's own does not wash away the failures with other names")
    func ownLoginForgivesNothing() {
        var throttle = LoginThrottle()
        for number in 0..<40 {
            _ = throttle.failed(address: "10.0.0.1", account: "name\(number)", now: 0)
            throttle.succeeded(address: "10.0.0.1", account: "mallory")
        }
        #expect(!throttle.allows(address: "10.0.0.1", account: "name1", now: 0))
    }

    @Test("failures are forgiven in time, and a clock that stands still harms nobody")
    func forgiving() {
        var throttle = LoginThrottle()
        for number in 0..<30 {
            _ = throttle.failed(address: "10.0.0.\(number)", account: "alice", now: Self.minute)
        }
        #expect(!throttle.allows(address: "10.0.1.1", account: "alice", now: 0))
        #expect(throttle.allows(address: "10.0.1.1", account: "alice", now: 2 * Self.minute))
        #expect(throttle.failed(address: "10.0.1.1", account: "alice", now: 10 * Self.minute) == 200)
    }

    @Test("only the newest places of a person are remembered")
    func places() {
        var throttle = LoginThrottle()
        for number in 0..<9 { throttle.succeeded(address: "10.0.0.\(number)", account: "alice") }
        for number in 0..<30 { _ = throttle.failed(address: "10.0.9.\(number)", account: "alice", now: 0) }
        #expect(!throttle.allows(address: "10.0.0.0", account: "alice", now: 0))
        #expect(throttle.allows(address: "10.0.0.8", account: "alice", now: 0))
    }
}
