extension LinkEngine {
    /// When `tick` should be called, `UInt64.max` if never.
    package var nextTick: UInt64 {
        switch phase {
        case .closed: return .max
        case .idle, .awaitingReply, .awaitingOwnHello, .awaitingFirstMessage, .awaitingDecision,
            .awaitingFirstRecord:
            return startedAt + settings.handshakeLimitMs
        case .open:
            let ping = control.isPingDue ? UInt64.max : lastSentAt + settings.pingAfterMs
            guard !isReadingPaused else { return ping }
            let limit = isSuspect ? settings.silenceDownMs : settings.suspectMs
            return min(ping, lastHeardAt + limit + patienceMs)
        }
    }

    /// Time has passed: limit of the handshake, PING, suspicion, silence.
    package mutating func tick(now: UInt64) -> [LinkEffect] {
        if case .closed = phase { return [] }
        guard case .open = phase else {
            let isLate = now >= startedAt + settings.handshakeLimitMs
            return isLate ? close(.handshakeTimeout) : []
        }
        if now >= lastSentAt + settings.pingAfterMs { control.ping() }
        guard !isReadingPaused else { return [] }
        if now >= lastHeardAt + settings.silenceDownMs + patienceMs { return close(.silent) }
        guard !isSuspect, now >= lastHeardAt + settings.suspectMs + patienceMs else { return [] }
        isSuspect = true
        // Ask at once instead of at the next interval.
        control.ping()
        return [.suspect]
    }

    /// The owner does not read from the socket for a while (its store is full): silence means nothing then.
    package mutating func setReadingPaused(_ isPaused: Bool, now: UInt64) {
        if isReadingPaused, !isPaused { lastHeardAt = now }
        isReadingPaused = isPaused
    }

    /// A sign of life that the peer has proven.
    mutating func hear(_ effects: inout [LinkEffect], now: UInt64) {
        lastHeardAt = max(lastHeardAt, now)
        provenAt = max(provenAt, now)
        guard isSuspect else { return }
        isSuspect = false
        effects.append(.recovered)
    }

    /// Bytes of a record that is not complete: on a slow line they are all that comes for a while.
    mutating func noteArrival(_ effects: inout [LinkEffect], now: UInt64) {
        guard case .open = phase, !input.isEmpty else { return }
        let began = recordStartedAt ?? now
        recordStartedAt = began
        if now < began + settings.recordLimitMs { hear(&effects, now: now) }
    }
}
