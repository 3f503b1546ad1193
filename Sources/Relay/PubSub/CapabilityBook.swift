internal import DequeModule
internal import XMPP

/// Which nodes each client wants to hear of: asked once for each capability hash (XEP-0115), believed
/// for others only when the answer has that hash.
final class CapabilityBook {
    private unowned let relay: Relay
    /// Wanted nodes by hash; only verified ones.
    private var known: [String: Set<String>] = [:]
    /// Keys of `known`, oldest first.
    private var order: Deque<String> = []
    /// Questions under way, by the id of the IQ.
    private var questions: [String: Question] = [:]
    /// Who waits for the answer about a hash, besides the one who was asked.
    private var waiting: [String: [ObjectIdentifier: Waiter]] = [:]

    private struct Question {
        weak var session: ClientSession?
        let capabilities: Capabilities
        let deadline: UInt64
    }

    private struct Waiter {
        weak var session: ClientSession?
    }

    /// What a presence says of its client.
    private struct Capabilities {
        let node: String
        /// nil in the oldest form, which has no hash.
        let algorithm: String?
        let verification: String

        init?(_ presence: Element) {
            guard let element = presence.child("c", NS.caps), let verification = element["ver"] else {
                return nil
            }
            node = element["node"] ?? ""
            algorithm = element["hash"]
            self.verification = verification
        }

        var key: String { "\(algorithm ?? "") \(verification) \(algorithm == nil ? node : "")" }
    }

    /// Hashes remembered.
    static let limit = 2_000
    /// Nodes that a client may want to hear of.
    static let wantedLimit = 256
    static let answerMs: UInt64 = 30_000
    private static let idPrefix = "capabilities-"

    init(relay: Relay) { self.relay = relay }

    // MARK: Presence

    func available(_ presence: Element, _ session: ClientSession) {
        guard let capabilities = Capabilities(presence) else { return learned(session, [], key: nil) }
        guard capabilities.key != session.capabilityKey else { return }
        session.capabilityKey = capabilities.key
        if let wanted = known[capabilities.key] { return learned(session, wanted, key: capabilities.key) }
        // One question at a time to each client; what it has announced meanwhile comes after the answer.
        if questions.values.contains(where: { $0.session === session }) { return }
        if questions.values.contains(where: { $0.capabilities.key == capabilities.key && $0.session != nil })
        {
            waiting[capabilities.key, default: [:]][ObjectIdentifier(session)] = Waiter(session: session)
        } else {
            ask(session, capabilities)
        }
    }

    func unavailable(_ session: ClientSession) {
        session.capabilityKey = nil
        session.wantedNodes = []
    }

    private func learned(_ session: ClientSession, _ wanted: Set<String>, key: String?) {
        session.capabilityKey = key
        let new = wanted.subtracting(session.wantedNodes)
        session.wantedNodes = wanted
        relay.pubsub.interested(session, in: new)
    }

    // MARK: Asking

    private func ask(_ session: ClientSession, _ capabilities: Capabilities) {
        let id = Self.idPrefix + Token.random(bytes: 9)
        questions[id] = Question(
            session: session, capabilities: capabilities, deadline: Clock.now() + Self.answerMs)
        let query = Element(
            "query", NS.discoInfo, ["node": "\(capabilities.node)#\(capabilities.verification)"])
        session.send(
            Element(
                "iq", NS.client, ["type": "get", "id": id, "from": relay.domain, "to": session.fullText],
                [query]))
    }

    /// Whether the IQ answers a question of ours.
    func answered(_ iq: Element, _ session: ClientSession) -> Bool {
        guard let id = iq["id"], id.hasPrefix(Self.idPrefix), let question = questions[id],
            question.session === session
        else { return false }
        questions[id] = nil
        let key = question.capabilities.key
        guard iq["type"] == "result", let query = iq.child("query", NS.discoInfo) else {
            next(after: question)
            return true
        }
        let wanted = Self.wanted(in: query)
        if isVerified(query, question.capabilities) {
            remember(key, wanted)
            for waiter in waiting.removeValue(forKey: key)?.values ?? [:].values {
                guard let other = waiter.session, other.capabilityKey == key else { continue }
                learned(other, wanted, key: key)
            }
        }
        // What does not have the hash says something of this one client only.
        if session.capabilityKey == key { learned(session, wanted, key: key) }
        next(after: question)
        return true
    }

    private func isVerified(_ query: Element, _ capabilities: Capabilities) -> Bool {
        guard let algorithm = capabilities.algorithm else { return false }
        return CapabilityHash.verification(of: query, algorithm: algorithm) == capabilities.verification
    }

    private static func wanted(in query: Element) -> Set<String> {
        let suffix = "+notify"
        let nodes = query.children("feature", NS.discoInfo).compactMap { $0["var"] }
            .filter { $0.hasSuffix(suffix) && $0.utf8.count <= PubSubLimits.nameBytes + suffix.utf8.count }
            .map { String($0.dropLast(suffix.count)) }
        return Set(nodes.prefix(wantedLimit))
    }

    private func remember(_ key: String, _ wanted: Set<String>) {
        guard known.updateValue(wanted, forKey: key) == nil else { return }
        order.append(key)
        while order.count > Self.limit, let oldest = order.popFirst() { known[oldest] = nil }
    }

    /// After a question ended: those who wait for the same hash are asked one after the other, and who was
    /// asked is asked for what it has announced meanwhile.
    private func next(after question: Question) {
        let key = question.capabilities.key
        var candidates = [question.session].compactMap { $0 }
        candidates += waiting.removeValue(forKey: key)?.values.compactMap(\.session) ?? []
        for session in candidates {
            guard let presence = session.presence, let current = Capabilities(presence),
                current.key == session.capabilityKey
            else { continue }
            if session === question.session, current.key == key { continue }
            session.capabilityKey = nil
            available(presence, session)
        }
    }

    /// Questions that nobody has answered, and those of clients that have gone.
    func expire(now: UInt64) {
        for (id, question) in questions where question.deadline <= now || question.session?.hasEnded != false
        {
            questions[id] = nil
            next(after: question)
        }
    }
}
