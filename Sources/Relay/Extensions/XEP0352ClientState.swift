internal import XMPP

/// Client state indication (XEP-0352): while the client is inactive, presence and typing wait, in
/// order, until something important comes or the client is active again.
struct InactiveHold {
    private var isInactive = false
    private var held: [[UInt8]] = []

    /// Stanzas held for one session.
    static let limit = 200

    mutating func set(inactive: Bool, session: ClientSession) {
        isInactive = inactive
        if !inactive { release(session) }
    }

    /// Holds the stanza back if it can wait; true then.
    mutating func takes(_ bytes: [UInt8], important: Bool, session: ClientSession) -> Bool {
        guard isInactive else { return false }
        if important || held.count >= Self.limit {
            release(session)
            return false
        }
        held.append(bytes)
        return true
    }

    private mutating func release(_ session: ClientSession) {
        let waiting = held
        held = []
        for bytes in waiting { session.send(bytes) }
    }
}
