internal import XMPP

/// Requests that went to another office and wait for their answer, at most 30 s.
struct PendingQueries {
    private struct Key: Hashable {
        let id: String
        let from: String
        let to: String
    }

    private struct Entry {
        /// Without its content, which an error does not repeat.
        let stanza: Element
        weak var session: ClientSession?
        let deadline: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var perSender: [String: Int] = [:]

    /// Of the whole box, and of one session.
    static let limit = 10_000
    static let limitPerSession = 200
    static let limitMs: UInt64 = 30_000

    mutating func add(_ stanza: Element, from session: ClientSession, now: UInt64) -> Bool {
        let key = Key(id: stanza["id"] ?? "", from: session.fullText, to: Self.normal(stanza["to"]))
        guard entries.count < Self.limit, perSender[key.from, default: 0] < Self.limitPerSession else {
            return false
        }
        var request = stanza
        request.nodes = []
        if entries.updateValue(
            Entry(stanza: request, session: session, deadline: now + Self.limitMs), forKey: key) == nil
        {
            perSender[key.from, default: 0] += 1
        }
        return true
    }

    /// The session that asked for this; an answer that nobody asked for is nobody's.
    mutating func take(answer: Element, from: JID, to: JID, relay: Relay) -> ClientSession? {
        remove(Key(id: answer["id"] ?? "", from: to.description, to: from.description))?.session
    }

    mutating func expired(now: UInt64) -> [(Element, ClientSession)] {
        let over = entries.filter { $0.value.deadline <= now }
        for key in over.keys { _ = remove(key) }
        return over.values.compactMap { entry in entry.session.map { (entry.stanza, $0) } }
    }

    private mutating func remove(_ key: Key) -> Entry? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        let left = perSender[key.from, default: 1] - 1
        perSender[key.from] = left > 0 ? left : nil
        return entry
    }

    private static func normal(_ to: String?) -> String {
        guard let to, let jid = try? JID(to) else { return to ?? "" }
        return jid.description
    }
}
