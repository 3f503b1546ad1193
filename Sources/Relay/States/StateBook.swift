internal import Carriers
internal import Storage
internal import XMPP

/// What becomes of people's messages, and who wants to hear of it as it happens (`MessageStates`).
final class StateBook {
    unowned let relay: Relay
    /// Sessions that have asked for pushes, by account.
    private var watchers: [Int64: [ClientSession]] = [:]
    /// Messages inside this office whose authors watch and that no client has acknowledged yet.
    private var here: [Int64: MessageReport] = [:]
    private var hereInOrder: [Int64] = []

    /// Messages inside this office that are followed at one time; the oldest is not followed any more.
    static let followedHere = 10_000

    init(relay: Relay) { self.relay = relay }

    var isWatched: Bool { !watchers.isEmpty }

    func watch(_ session: ClientSession) {
        guard !session.wantsStates else { return }
        session.wantsStates = true
        watchers[session.person.account.id, default: []].append(session)
    }

    func unwatch(_ session: ClientSession) {
        guard session.wantsStates else { return }
        session.wantsStates = false
        let account = session.person.account.id
        watchers[account]?.removeAll { $0 === session }
        if watchers[account]?.isEmpty == true { watchers[account] = nil }
    }

    // MARK: To other offices

    /// The states of messages with these ids are on the disk.
    func changed(_ ids: [Int64]) {
        guard isWatched else { return }
        for id in ids {
            let row = relay.read(nil) { try relay.store.reader.messageState(id: id) }
            guard let row, watchers[row.account] != nil, let report = report(row) else { continue }
            push(report, row.account)
        }
    }

    /// What can be said of a row; nil when it cannot be read.
    func report(_ row: MessageStateRow) -> MessageReport? {
        let to = relay.read(nil) { try relay.store.jid(number: row.recipient) }
        guard let to else { return nil }
        var report = MessageReport(
            account: row.account, client: row.client, archive: row.isArchived ? row.id : nil, to: to,
            state: row.state, changed: row.changed)
        if row.state == .held || row.state == .left, let expires = row.expires {
            let service = relay.store.serviceClock.now()
            report.until = relay.store.wallNow() + (expires > service ? expires - service : 0)
        }
        if row.state == .held {
            if row.isHeldBack {
                report.reason = "held by administrator"
            } else if isDark(to) {
                report.reason = "no way is up"
            }
        }
        return report
    }

    private func isDark(_ address: String) -> Bool {
        guard let domain = address.split(separator: "@").last, let office = relay.office(for: String(domain))
        else { return false }
        return relay.offices?.darkSince(office) != nil
    }

    // MARK: Inside this office

    /// Somebody's message to somebody here is on the disk: there is no other box for it to arrive at.
    func keptHere(_ id: Int64, of sender: Person, as client: String?, to person: Person) {
        let account = sender.account.id
        guard isWatched, watchers[account] != nil, person !== sender else { return }
        let report = MessageReport(
            account: account, client: client, archive: id, to: person.bare, state: .arrived,
            changed: relay.store.wallNow())
        if hereInOrder.count >= Self.followedHere { here[hereInOrder.removeFirst()] = nil }
        here[id] = report
        hereInOrder.append(id)
        push(report, account)
    }

    /// A client has the entry, or has read it.
    func deliveredHere(_ entry: Int64) {
        guard !here.isEmpty, var report = here.removeValue(forKey: entry) else { return }
        hereInOrder.removeAll { $0 == entry }
        report.state = .delivered
        report.changed = relay.store.wallNow()
        push(report, report.account)
    }

    /// The state of an entry that stayed in the building, told from its addressee's mailbox.
    func reportHere(_ entry: ArchiveEntry, of sender: Person) -> MessageReport? {
        let message: Element
        do {
            message = try StreamParser.parse(entry.bytes)
        } catch {
            return nil
        }
        guard !entry.incoming, let to = message.address("to"), let person = relay.localPerson(to) else {
            return nil
        }
        return MessageReport(
            account: sender.account.id, client: message["id"], archive: entry.id, to: person.bare,
            state: person.isPending(entry.id) ? .arrived : .delivered, changed: entry.time)
    }

    // MARK: Telling

    private func push(_ report: MessageReport, _ account: Int64) {
        for session in watchers[account] ?? [] {
            let message = Element(
                "message", NS.client,
                ["type": "headline", "from": session.person.bare, "to": session.fullText],
                [report.element(relay.archiveIDs)])
            session.deliver(message.serialized(), important: false)
        }
    }
}

/// What is said of one message.
struct MessageReport {
    let account: Int64
    /// The message's own id.
    var client: String?
    /// Its entry in the sender's archive.
    var archive: Int64?
    var to: String
    var state: MessageState
    /// Wall milliseconds.
    var changed: UInt64
    /// Wall milliseconds at which its lifetime ends.
    var until: UInt64?
    var reason: String?

    func element(_ ids: ArchiveIDs) -> Element {
        Element(
            "state", NS.states,
            [
                "id": client, "archive": archive.map { ids.text(account: account, entry: $0) }, "to": to,
                "state": "\(state)", "since": Self.stamp(changed), "until": until.map(Self.stamp),
                "reason": reason,
            ])
    }

    private static func stamp(_ wall: UInt64) -> String {
        DateTime(milliseconds: Int64(clamping: wall)).description
    }
}

extension Element {
    /// An address in an attribute; nil when there is none, or it is none.
    func address(_ attribute: String) -> JID? {
        guard let text = self[attribute] else { return nil }
        do {
            return try JID(text)
        } catch {
            return nil
        }
    }
}
