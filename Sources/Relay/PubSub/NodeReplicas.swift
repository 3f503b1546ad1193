internal import Carriers
internal import NIOCore
internal import Storage
internal import XMPP

/// What this office leaves of its people's nodes with the offices of their contacts, so that it is there
/// while the line is down (design §6): nodes open to everybody, and those open to who sees the owner's
/// presence. Lists of devices go before key bundles, those before everything else.
final class NodeReplicas {
    private unowned let service: PubSub
    private var relay: Relay { service.relay }
    /// Parts that an office has been told of and that are not empty.
    private var told: [Name: [Office: Set<Int>]] = [:]
    /// When a key bundle was last told, monotonic milliseconds, and the items that it had.
    private var bundles: [Name: (at: UInt64, items: Set<String>)] = [:]
    private var isScheduled: Set<Name> = []

    /// Bytes of each node that an office has been left, and of all.
    private var sizes: [Name: [Office: Int]] = [:]
    private var allBytes: [Office: Int] = [:]
    /// Beyond this an office is left the nodes of its contacts only, bytes. It keeps 64 MiB in all.
    static let allLimit = 48 << 20

    /// Offices that have been told of everything.
    private var announced: Set<Office> = []

    private struct Name: Hashable {
        let owner: String
        let node: String
    }

    private struct Entry: Comparable {
        let rank: ReplicaRank
        let localpart: String
        let node: String

        static func < (left: Self, right: Self) -> Bool {
            (left.rank, left.localpart, left.node) < (right.rank, right.localpart, right.node)
        }
    }

    /// People, or nodes, in one turn of the loop.
    private static let atOnce = 20

    /// A key bundle changes with each session begun; once in this time is enough for others.
    static let bundleMs: UInt64 = 600_000

    init(service: PubSub) { self.service = service }

    // MARK: When

    /// A node has changed, or is gone.
    func changed(_ node: String, of owner: Person) {
        let name = Name(owner: owner.bare, node: node)
        if let wait = waitOfBundle(name, owner) {
            guard wait > 0, isScheduled.insert(name).inserted else { return }
            return relay.schedule(afterMs: wait) {
                self.isScheduled.remove(name)
                guard let owner = self.relay.person(owner.jid.localpart ?? "") else { return }
                self.tell(node, of: owner)
            }
        }
        tell(node, of: owner)
    }

    /// Milliseconds for which a bundle with the same items as before waits; nil when it is told at once.
    private func waitOfBundle(_ name: Name, _ owner: Person) -> UInt64? {
        guard ReplicaRank(node: name.node) == .bundles, let last = bundles[name],
            let node = service.book(of: owner).nodes[name.node], Set(node.items.map(\.name)) == last.items
        else { return nil }
        let due = last.at + Self.bundleMs
        let now = Clock.now()
        return due > now ? due - now : nil
    }

    /// A contact in another office was added, removed or changed.
    func rosterChanged(_ owner: Person, _ contact: JID) {
        guard let office = relay.office(for: contact.domain) else { return }
        for node in nodes(of: owner) { tell(node.name, of: owner, only: office) }
    }

    /// Everything that an office keeps: once after a start, when its line comes up; from then on each
    /// change is told. A few a turn of the loop.
    func announceAll(to office: Office) {
        guard announced.insert(office).inserted else { return }
        collect(relay.store.accounts.map(\.localpart)[...], [], for: office)
    }

    /// The office will be told everything when it comes again.
    func forget(_ office: Office) { announced.remove(office) }

    private func collect(_ people: ArraySlice<String>, _ found: [Entry], for office: Office) {
        var found = found
        for localpart in people.prefix(Self.atOnce) {
            guard let person = relay.person(localpart), sees(office, person) != nil else { continue }
            found += service.book(of: person).nodes.keys.map {
                Entry(rank: ReplicaRank(node: $0), localpart: localpart, node: $0)
            }
        }
        let rest = people.dropFirst(Self.atOnce)
        let collected = found
        relay.eventLoop.assumeIsolated().execute {
            if rest.isEmpty {
                self.announce(collected.sorted(by: <)[...], to: office)
            } else {
                self.collect(rest, collected, for: office)
            }
        }
    }

    private func announce(_ entries: ArraySlice<Entry>, to office: Office) {
        for entry in entries.prefix(Self.atOnce) {
            if let person = relay.person(entry.localpart) { tell(entry.node, of: person, only: office) }
        }
        let rest = entries.dropFirst(Self.atOnce)
        guard !rest.isEmpty else {
            // The directory is in the same index.
            relay.directory.tell(office)
            return relay.offices?.indexIsWhole(for: office) ?? ()
        }
        relay.eventLoop.assumeIsolated().execute { self.announce(rest, to: office) }
    }

    private func nodes(of owner: Person) -> [PubSubNode] {
        service.book(of: owner).nodes.values.sorted {
            (ReplicaRank(node: $0.name), $0.name) < (ReplicaRank(node: $1.name), $1.name)
        }
    }

    // MARK: To whom

    /// What somebody of the office may see of the person: presence, or only what is open; nil for nothing.
    private func sees(_ office: Office, _ person: Person) -> NodeConfiguration.Access? {
        guard hidden(person, office) != nil else { return nil }
        var found: NodeConfiguration.Access? = isForAll(office, person) ? .open : nil
        for item in person.roster.items.values {
            guard item.to || item.from || item.pendingIn || item.pendingOut, let jid = try? JID(item.jid),
                office.speaks(for: jid.domain), !person.blocked.contains(jid)
            else { continue }
            if item.from { return .presence }
            found = .open
        }
        return found
    }

    /// Whether the office keeps replicas of everybody, and has room for this one: of the oldest accounts.
    private func isForAll(_ office: Office, _ person: Person) -> Bool {
        guard let offices = relay.offices, offices.takesAll(office) else { return false }
        return relay.directory.isAmongFirst(person) && (allBytes[office] ?? 0) < Self.allLimit
    }

    /// Whom of an office a person has blocked; nil when they are too many to say.
    private func hidden(_ person: Person, _ office: Office) -> [String]? {
        let entries = person.blocked.entries.filter { entry in
            (try? JID(entry)).map { office.speaks(for: $0.domain) } ?? false
        }.sorted()
        let bytes = entries.reduce(0) { $0 + $1.utf8.count + 2 }
        return bytes <= NodeReplica.hiddenBytes ? entries : nil
    }

    private func offices(of person: Person) -> Set<Office> {
        let all = (relay.offices?.all ?? []).filter { relay.offices?.takesAll($0) == true }
        return Set(all).union(
            person.roster.items.values.compactMap { item in
                guard let jid = try? JID(item.jid), jid.domain != relay.domain else { return nil }
                return relay.office(for: jid.domain)
            })
    }

    // MARK: What

    private func tell(_ node: String, of owner: Person, only one: Office? = nil) {
        let name = Name(owner: owner.bare, node: node)
        let known = Set(told[name, default: [:]].keys)
        let candidates = one.map { [$0] } ?? offices(of: owner).union(known)
        let found = service.book(of: owner).nodes[node]
        let receivers = candidates.filter { office in
            guard let found, let sight = sees(office, owner) else { return false }
            return found.configuration.access == .open
                || (found.configuration.access == .presence && sight == .presence)
        }
        let whole = receivers.isEmpty ? nil : replica(found, owner)
        for office in candidates {
            let isReceiver = receivers.contains(office)
            set(isReceiver ? registers(whole, owner, office) : [], name, owner.jid, office)
        }
        if !receivers.isEmpty, let found, ReplicaRank(node: node) == .bundles {
            bundles[name] = (Clock.now(), Set(found.items.map(\.name)))
        }
        if found == nil { bundles[name] = nil }
    }

    /// The registers of a node for one office.
    private func registers(
        _ whole: NodeReplica?, _ owner: Person, _ office: Office
    ) -> [(part: Int, value: [UInt8])] {
        guard var replica = whole, let hidden = hidden(owner, office) else { return [] }
        replica.hidden = hidden
        return replica.registers()
    }

    private func set(
        _ registers: [(part: Int, value: [UInt8])], _ name: Name, _ owner: JID, _ office: Office
    ) {
        let before = told[name]?[office] ?? []
        var now: Set<Int> = []
        for (part, value) in registers where !value.isEmpty {
            now.insert(part)
            change(part, RegisterTag.tag(of: value), name, owner, office)
        }
        count(name, office, values: registers)
        for part in before.subtracting(now).sorted() { change(part, [], name, owner, office) }
        told[name, default: [:]][office] = now.isEmpty ? nil : now
        if told[name]?.isEmpty == true { told[name] = nil }
    }

    /// Keeps the sum of what an office has been left.
    private func count(_ name: Name, _ office: Office, values: [(part: Int, value: [UInt8])]) {
        let bytes = values.reduce(0) { $0 + $1.value.count }
        allBytes[office, default: 0] += bytes - (sizes[name]?[office] ?? 0)
        sizes[name, default: [:]][office] = bytes == 0 ? nil : bytes
        if sizes[name]?.isEmpty == true { sizes[name] = nil }
    }

    private func change(_ part: Int, _ tag: [UInt8], _ name: Name, _ owner: JID, _ office: Office) {
        let key = ReplicaKey(owner: owner, node: name.node, part: part).text
        relay.offices?.changed(kept: key, tag: tag, for: office)
    }

    /// The value of a register as it is now; empty when the node is gone or closed.
    func value(_ text: String, for office: Office) -> [UInt8] {
        guard let key = ReplicaKey(text), let owner = relay.localPerson(key.owner),
            let node = service.book(of: owner).nodes[key.node], node.configuration.access != .whitelist
        else { return [] }
        return registers(replica(node, owner), owner, office).first { $0.part == key.part }?.value ?? []
    }

    private func replica(_ node: PubSubNode?, _ owner: Person) -> NodeReplica? {
        guard let node else { return nil }
        let book = service.book(of: owner)
        var replica = NodeReplica()
        replica.access = node.configuration.access
        replica.deliversPayloads = node.configuration.deliverPayloads
        replica.sendsLast = node.configuration.sendLast == .onSubscriptionAndPresence
        replica.notifiesRetract = node.configuration.notifyRetract
        replica.notifiesDelete = node.configuration.notifyDelete
        replica.items = node.items.compactMap { item in
            book.payloadBytes(item).map { .init(sequence: UInt64(item.row), name: item.name, payload: $0) }
        }
        return replica
    }

    /// The account is gone: others forget what they keep.
    func removed(_ owner: JID) {
        let bare = owner.description
        for (name, offices) in told where name.owner == bare {
            for office in offices.keys { set([], name, owner, office) }
        }
        bundles = bundles.filter { $0.key.owner != bare }
    }
}

/// Which nodes go first over a thin line.
enum ReplicaRank: Int, Comparable {
    case devices
    case bundles
    case other
    case pictures

    init(node: String) {
        if node.hasSuffix(".devicelist") || node.hasSuffix(":devices") {
            self = .devices
        } else if node.hasSuffix(":bundles") || node.contains(".bundles:") {
            self = .bundles
        } else {
            self = node == NS.avatarData ? .pictures : .other
        }
    }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
