internal import Carriers
internal import Storage
internal import XMPP

/// The app servers that are told when mail waits for somebody who has no client here (XEP-0357).
final class PushBook {
    private struct Question {
        let registration: Int64
        let account: Int64
        let person: JID
        let service: JID
        let deadline: UInt64
    }

    unowned let relay: Relay
    private var registrations: [Int64: [PushRegistration]] = [:]
    /// What was said in rooms to those whose client has lost its connection, by account, since then.
    private var saidInRooms: [Int64: Int] = [:]
    /// Notifications whose answer has not come, by the id of their iq.
    private var questions: [String: Question] = [:]

    /// Registrations of one account.
    static let perAccount = 10
    /// Notifications of the whole box that wait for their answer, and how long each may, milliseconds.
    static let questionLimit = 10_000
    static let questionMs: UInt64 = 60_000

    init(relay: Relay) {
        self.relay = relay
        load()
    }

    /// Memory as the disk has it.
    private func load() {
        do {
            registrations = [:]
            for row in try relay.store.pushRows() {
                guard let enable = try? StreamParser.parse(row.detail),
                    let one = try? PushRegistration(id: row.id, account: row.account, enable: enable)
                else { continue }
                registrations[row.account, default: []].append(one)
            }
        } catch {
            relay.stop(because: "The push registrations cannot be read: \(error)")
        }
    }

    // MARK: Registrations

    /// A client names its app server; a second time, its options.
    func enable(
        _ element: Element, of person: Person, then done: @escaping (StorageError?) -> Void
    ) throws(StanzaError) {
        let account = person.account.id
        let new = try PushRegistration(id: relay.store.takeID(), account: account, enable: element)
        var mine = registrations[account] ?? []
        let replaced = mine.filter { $0.service == new.service && $0.node == new.node }.map(\.id)
        mine.removeAll { replaced.contains($0.id) }
        guard mine.count < Self.perAccount else {
            throw StanzaError(
                .resourceConstraint,
                text: "An account has at most \(Self.perAccount) app servers; disable one first.")
        }
        registrations[account] = mine + [new]
        let row = PushRow(id: new.id, account: account, detail: new.enable.serialized())
        write(row, replaced, then: done)
    }

    /// A client takes one node of an app server back, or without a node all of them.
    func disable(
        _ service: JID, node: String?, of person: Person, then done: @escaping (StorageError?) -> Void
    ) {
        let gone = (registrations[person.account.id] ?? []).filter {
            $0.service == service && (node == nil || $0.node == node)
        }
        remove(gone.map(\.id), of: person.account.id, then: done)
    }

    private func remove(
        _ ids: [Int64], of account: Int64, then done: @escaping (StorageError?) -> Void = { _ in }
    ) {
        registrations[account]?.removeAll { ids.contains($0.id) }
        write(nil, ids, then: done)
    }

    private func write(
        _ row: PushRow?, _ removed: [Int64], then done: @escaping (StorageError?) -> Void
    ) {
        relay.store.writePush(added: row, removed: removed) { error in
            if error != nil { self.load() }
            done(error)
        }
    }

    func accountRemoved() {
        let accounts = Set(relay.store.accounts.map(\.id))
        registrations = registrations.filter { accounts.contains($0.key) }
        saidInRooms = saidInRooms.filter { accounts.contains($0.key) }
    }

    // MARK: Notifications

    /// A message is on the disk for somebody; receipts wake nobody.
    func arrived(_ message: Element, for person: Person) {
        guard registrations[person.account.id] != nil, Keeping(message) != .mail(.receipt) else { return }
        wantsAttention(person)
    }

    /// Tells the app servers of a person that mail waits, unless a client is there to take it.
    func wantsAttention(_ person: Person) {
        for one in registrations[person.account.id] ?? [] { wish(one.id, person) }
    }

    /// Something was said in a room to a client that has lost its connection and may come back for it.
    func saidInRoom(to person: Person) {
        let account = person.account.id
        guard registrations[account]?.isEmpty == false, !person.receiving.contains(where: \.isAttached) else {
            return
        }
        saidInRooms[account, default: 0] += 1
        wantsAttention(person)
    }

    private func mayNotify(_ person: Person) -> Bool {
        guard !relay.isStopping else { return false }
        guard !person.receiving.contains(where: \.isAttached) else {
            saidInRooms[person.account.id] = nil
            return false
        }
        return waiting(for: person) > 0
    }

    /// Messages that a client of the person's has not had, as far as the box knows.
    private func waiting(for person: Person) -> Int {
        person.pendingCount + saidInRooms[person.account.id, default: 0]
    }

    private func index(_ id: Int64, _ person: Person) -> Int? {
        registrations[person.account.id]?.firstIndex { $0.id == id }
    }

    private func wish(_ id: Int64, _ person: Person) {
        guard let index = index(id, person), mayNotify(person) else { return }
        switch registrations[person.account.id]?[index].pace.wish(now: Clock.now()) {
        case .now: notify(id, person)
        case .later(let delay): relay.schedule(afterMs: delay) { self.turnCame(id, person) }
        case .covered, nil: break
        }
    }

    private func turnCame(_ id: Int64, _ person: Person) {
        guard let index = index(id, person) else { return }
        registrations[person.account.id]?[index].pace.turnCame(now: Clock.now())
        if mayNotify(person) { notify(id, person) }
    }

    private func notify(_ id: Int64, _ person: Person) {
        let account = person.account.id
        guard let index = index(id, person), let one = registrations[account]?[index],
            questions.count < Self.questionLimit
        else { return }
        let name = "push-" + Token.random(bytes: 12)
        let stanza = one.notification(count: waiting(for: person), from: person.jid, id: name)
        questions[name] = Question(
            registration: id, account: account, person: person.jid, service: one.service,
            deadline: Clock.now() + Self.questionMs)
        let hasLeft = send(stanza, to: one.service)
        if !hasLeft { questions[name] = nil }
        registrations[account]?[index].isOwed = !hasLeft
    }

    private func send(_ stanza: Element, to service: JID) -> Bool {
        if let component = relay.components.all[service.domain], !component.isConnected { return false }
        return relay.router.sendLive(stanza, to: service)
    }

    /// Whether an app server can have this address: a component of this box, or something in another office.
    func canReach(_ service: JID) -> Bool {
        relay.components.all[service.domain] != nil || relay.office(for: service.domain) != nil
    }

    // MARK: Answers

    /// Whether it is the answer to a notification; an app server that does not know the registration any
    /// more is not asked again (§6).
    func answered(_ answer: Element, from: JID, to: JID) -> Bool {
        guard let id = answer["id"], let question = questions[id], question.service == from,
            question.person == to
        else { return false }
        questions[id] = nil
        if answer["type"] == "error", let error = StanzaError(in: answer), PushRegistration.isFinal(error) {
            remove([question.registration], of: question.account)
        }
        return true
    }

    func expire(now: UInt64) {
        guard !questions.isEmpty else { return }
        questions = questions.filter { $0.value.deadline > now }
    }

    // MARK: The way to an app server is back

    func reachable(_ domain: String) { retry { $0 == domain } }

    func officeChanged(_ office: Office) {
        guard relay.offices?.darkSince(office) == nil else { return }
        retry { office.speaks(for: $0) }
    }

    private func retry(_ isBack: (String) -> Bool) {
        let owed = registrations.values.joined().filter { $0.isOwed && isBack($0.service.domain) }
        guard !owed.isEmpty else { return }
        let names = Dictionary(uniqueKeysWithValues: relay.store.accounts.map { ($0.id, $0.localpart) })
        wish(owed.compactMap { one in names[one.account].map { (one.id, $0) } }[...])
    }

    /// A few at a time: an app server that has just come back is not flooded.
    private func wish(_ owed: ArraySlice<(id: Int64, localpart: String)>) {
        for (id, localpart) in owed.prefix(Self.retriedAtOnce) {
            if let person = relay.person(localpart) { wish(id, person) }
        }
        let rest = owed.dropFirst(Self.retriedAtOnce)
        guard !rest.isEmpty, !relay.isStopping else { return }
        relay.schedule(afterMs: Self.retryPauseMs) { self.wish(rest) }
    }

    /// Owed notifications that are sent at once, and the pause before the next, milliseconds.
    private static let retriedAtOnce = 100
    private static let retryPauseMs: UInt64 = 250
}
