internal import XMPP

/// Requests that went to another office and wait for their answer, at most 30 s.
struct PendingQueries {
    private struct Key: Hashable {
        let id: String
        let from: String
        let to: String
    }

    private struct Entry {
        let stanza: Element
        weak var session: ClientSession?
        let deadline: UInt64
    }

    private var entries: [Key: Entry] = [:]

    /// Of the whole box.
    static let limit = 10_000
    static let limitMs: UInt64 = 30_000

    mutating func add(_ stanza: Element, from session: ClientSession, now: UInt64) -> Bool {
        guard entries.count < Self.limit else { return false }
        let key = Key(id: stanza["id"] ?? "", from: session.fullText, to: Self.normal(stanza["to"]))
        entries[key] = Entry(stanza: stanza, session: session, deadline: now + Self.limitMs)
        return true
    }

    /// The session that asked for this; an answer that nobody asked for is nobody's.
    mutating func take(answer: Element, from: JID, to: JID, relay: Relay) -> ClientSession? {
        entries.removeValue(
            forKey: Key(id: answer["id"] ?? "", from: to.description, to: from.description))?.session
    }

    mutating func expired(now: UInt64) -> [(Element, ClientSession)] {
        let over = entries.filter { $0.value.deadline <= now }
        for key in over.keys { entries[key] = nil }
        return over.values.compactMap { entry in entry.session.map { (entry.stanza, $0) } }
    }

    private static func normal(_ to: String?) -> String {
        guard let to, let jid = try? JID(to) else { return to ?? "" }
        return jid.description
    }
}
