internal import XMPP

/// Requests that a component has been given and not answered yet.
struct ComponentRequests {
    private struct Key: Hashable {
        let id: String
        let asker: JID
        let asked: JID
    }

    /// One request, without its content, which an error does not repeat.
    struct Entry {
        let stanza: Element
        let asker: JID
        let asked: JID
        fileprivate let deadline: UInt64
    }

    private var entries: [Key: Entry] = [:]

    /// Of one component, and how long each may wait, milliseconds.
    static let limit = 2_000
    static let limitMs: UInt64 = 60_000

    var count: Int { entries.count }

    /// - Returns: false when too many wait.
    mutating func add(_ stanza: Element, from asker: JID, to asked: JID, now: UInt64) -> Bool {
        guard entries.count < Self.limit else { return false }
        var request = stanza
        request.nodes = []
        entries[Key(id: stanza["id"] ?? "", asker: asker, asked: asked)] = Entry(
            stanza: request, asker: asker, asked: asked, deadline: now + Self.limitMs)
        return true
    }

    /// - Returns: false for an answer that nobody asked for.
    mutating func take(answer: Element, from asked: JID, to asker: JID) -> Bool {
        entries.removeValue(forKey: Key(id: answer["id"] ?? "", asker: asker, asked: asked)) != nil
    }

    /// Those that have waited too long, or with nil all.
    mutating func removeExpired(now: UInt64?) -> [Entry] {
        let over = entries.filter { entry in now.map { entry.value.deadline <= $0 } ?? true }
        for key in over.keys { entries[key] = nil }
        return Array(over.values)
    }
}
