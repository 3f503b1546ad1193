internal import Bundles
internal import Storage
internal import XMPP

/// Fast authentication with tokens (XEP-0484): one round trip, no password kept on the device.
struct FastTokens {
    private unowned let relay: Relay

    static let lifetimeMs: UInt64 = 21 * 86_400_000
    /// A token older than this is replaced at the next login.
    static let rotationMs: UInt64 = 86_400_000

    init(relay: Relay) { self.relay = relay }

    enum Verdict {
        case accepted(Person, LoginToken, answer: [UInt8])
        case refused(SASLFailure)
    }

    /// Digest of what names the device: what is in the database is no secret of the client's.
    static func client(_ userAgent: String) -> [UInt8] { Sodium.blake2b(16, Array(userAgent.utf8)) }

    func verify(_ request: InlineRequest, _ bytes: [UInt8]) -> Verdict {
        let binding = request.mechanism == HashedToken.bound ? relay.tls?.endPoint ?? [] : []
        guard let message = HashedToken.Message(bytes), let userAgent = request.userAgent, request.fast != nil
        else {
            return .refused(.malformedRequest)
        }
        let address = try? JID(localpart: message.username, domain: relay.domain, resource: nil)
        let person = address.flatMap { relay.localPerson($0) }
        let now = relay.store.wallNow()
        let kept = person.map { person in
            relay.read([]) {
                try relay.store.tokens(account: person.account.id, client: Self.client(userAgent))
            }
        }
        // Something is compared also for an account or a device that is not there.
        let candidates = kept.flatMap { $0.isEmpty ? nil : $0 } ?? [decoy]
        for token in candidates
        where HashedToken.holds(message.proof, token: token.secret, binding: binding)
            && token.mechanism == request.mechanism
        {
            guard let person, !person.account.disabled else { break }
            guard token.expires > now else {
                return .refused(.credentialsExpired)
            }
            if let count = request.fast?["count"].flatMap({ Int64($0) }) {
                guard count > token.count else { break }
                var counted = token
                counted.count = count
                return .accepted(
                    person, counted, answer: HashedToken.answer(token: token.secret, binding: binding))
            }
            return .accepted(person, token, answer: HashedToken.answer(token: token.secret, binding: binding))
        }
        return .refused(.notAuthorized)
    }

    private var decoy: LoginToken {
        LoginToken(
            account: 0, client: [], slot: .current, mechanism: "", secret: relay.decoySecret, issued: 0,
            expires: 0)
    }

    /// The writes that follow a login: the used token becomes the current one, or is taken back; a new
    /// one is made where it was asked for or is due.
    /// - Returns: the element that tells the client, to be sent after the jobs are synced.
    func settle(
        _ request: InlineRequest, _ person: Person, used: LoginToken?
    ) -> (jobs: [Journal.Job], token: Element?) {
        guard let userAgent = request.userAgent else { return ([], nil) }
        let client = Self.client(userAgent)
        let account = person.account.id
        let now = relay.store.wallNow()
        var jobs: [Journal.Job] = []
        let invalidates = ["true", "1"].contains(request.fast?["invalidate"] ?? "")
        if var used {
            if invalidates {
                jobs.append { try $0.removeToken(account: account, client: client, slot: nil) }
            } else {
                if used.slot == .new {
                    jobs.append { try $0.removeToken(account: account, client: client, slot: .new) }
                    used.slot = .current
                }
                jobs.append(relay.store.put(used))
            }
        }
        let offered = HashedToken.offered(endPoint: relay.tls?.endPoint ?? [])
        let wished = request.tokenMechanism.flatMap { offered.contains($0) ? $0 : nil }
        let isDue = used.map { !invalidates && now > $0.issued + Self.rotationMs } ?? false
        guard let mechanism = wished ?? (isDue ? used?.mechanism : nil) else { return (jobs, nil) }
        let text = Token.random(bytes: 32)
        let made = LoginToken(
            account: account, client: client, slot: .new, mechanism: mechanism, secret: Array(text.utf8),
            issued: now,
            expires: now + Self.lifetimeMs)
        jobs.append(relay.store.put(made))
        jobs.append { try $0.trimTokens(account: account, now: now) }
        let expiry = DateTime(milliseconds: Int64(clamping: made.expires)).description
        return (jobs, Element("token", NS.fast, ["expiry": expiry, "token": text]))
    }
}
