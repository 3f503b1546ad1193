/// When to dial a peer: for ever, every few seconds with jitter, and at once on a sign of life.
///
/// The owner asks `shouldDial(now:)` at `nextTick` and reports how each attempt ended.
package struct DialSchedule: Sendable {
    package struct Settings: Sendable {
        /// Time between the starts of two attempts, in milliseconds.
        package var intervalMs: UInt64 = 4_000
        /// Each wait is shortened by a random part of up to this many milliseconds, so that two
        /// boxes do not dial one another in step.
        package var jitterMs: UInt64 = 1_000
        /// After this long the next attempt begins beside the one that has not ended, in milliseconds.
        package var attemptLimitMs: UInt64 = 4_000

        package init() {}
    }

    package enum State: Sendable, Equatable {
        /// The peer is reached: nothing to do.
        case resting
        /// The next attempt is at this time.
        case waiting(until: UInt64)
        /// An attempt is under way; the next one begins at this time.
        case dialing(until: UInt64)
    }

    package private(set) var state: State
    private let settings: Settings
    /// When the last session began to count.
    private var countedAt: UInt64?
    private var random: SeededGenerator

    /// The first attempt is due at once. `seed` drives the jitter.
    package init(settings: Settings = Settings(), seed: UInt64, now: UInt64) {
        self.settings = settings
        random = SeededGenerator(seed: seed)
        state = .waiting(until: now)
    }

    /// When the owner should look again; `UInt64.max` while the peer is reached.
    package var nextTick: UInt64 {
        switch state {
        case .resting: .max
        case .waiting(let until), .dialing(let until): until
        }
    }

    /// True exactly once per attempt: the owner starts one now. Earlier ones may go on: over a line with
    /// a long round trip that loses packets a handshake takes longer than the interval.
    package mutating func shouldDial(now: UInt64) -> Bool {
        guard state != .resting, now >= nextTick else { return false }
        state = .dialing(until: now + settings.attemptLimitMs)
        return true
    }

    /// The attempt ended without a counted session.
    package mutating func attemptFailed(now: UInt64) {
        guard case .dialing(let until) = state else { return }
        let started = until - min(until, settings.attemptLimitMs)
        let next = started + settings.intervalMs - random.next(upTo: settings.jitterMs)
        state = .waiting(until: max(next, now))
    }

    /// A session counts.
    package mutating func sessionCounts(now: UInt64) {
        state = .resting
        countedAt = now
    }

    /// The session ended or fell silent: dial at once, then at the usual interval. After one that was
    /// shorter than an interval the wait is the usual one: on a slow line the end of a session that lost
    /// against another one arrives before that other one does, and both sides would dial for ever.
    package mutating func sessionLost(now: UInt64) {
        guard state == .resting else { return }
        let earliest = (countedAt ?? 0) + settings.intervalMs - random.next(upTo: settings.jitterMs)
        state = .waiting(until: countedAt == nil ? now : max(now, earliest))
    }

    /// Something of the peer or of the network moved: an attempt that waits is due at once.
    package mutating func signOfLife(now: UInt64) {
        guard case .waiting(let until) = state else { return }
        state = .waiting(until: min(until, now))
    }
}

/// SplitMix64: small, seeded, repeatable. For jitter and simulations, never for secrets.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `limit`, both included.
    package mutating func next(upTo limit: UInt64) -> UInt64 {
        UInt64.random(in: 0...limit, using: &self)
    }
}
