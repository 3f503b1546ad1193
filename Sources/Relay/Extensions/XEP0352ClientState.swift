/// Client state indication (XEP-0352): while the client is inactive, presence and typing wait, in
/// order, until something important comes or the client is active again. Only says what is to be sent
/// now: sending may end the session, which calls back in here.
struct InactiveHold {
    private var isInactive = false
    private var held: [[UInt8]] = []
    private var heldBytes = 0

    /// Stanzas held for one session, and their bytes.
    static let limit = 200
    static let byteLimit = 64 << 10

    /// - Returns: what waited and is to be sent now.
    mutating func set(inactive: Bool) -> [[UInt8]] {
        isInactive = inactive
        return inactive ? [] : release()
    }

    /// Holds back a stanza that can wait; false when it has to be sent after all.
    mutating func takes(_ bytes: [UInt8]) -> Bool {
        guard isInactive, held.count < Self.limit, heldBytes + bytes.count <= Self.byteLimit else {
            return false
        }
        held.append(bytes)
        heldBytes += bytes.count
        return true
    }

    /// What goes before a stanza that cannot wait, so that none overtakes another.
    mutating func release() -> [[UInt8]] {
        guard !held.isEmpty else { return [] }
        defer { held = [] }
        heldBytes = 0
        return held
    }
}
