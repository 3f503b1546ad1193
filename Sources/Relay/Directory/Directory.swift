internal import Carriers
internal import Storage
internal import XMPP

/// The directory of all offices' people (design §6). Each box tells the others its own people in kept
/// registers, so that people of an office whose line is down are found, too.
final class Directory {
    private unowned let relay: Relay
    /// Names of this office's people, by account.
    private var names: [Int64: DirectoryRow] = [:]
    /// This office's people by register.
    private var own: [Int: [DirectoryEntry]] = [:]
    /// The people of other offices, as far as they have been read from their registers.
    private var others: [Office: [DirectoryEntry]] = [:]
    /// Registers that an office has been told of and that were not empty.
    private var told: [Office: Set<Int>] = [:]
    /// The newest of the oldest accounts of whom others keep replicas.
    private var lastReplicated: Int64 = .max

    /// People of one office in the directory: of more the oldest accounts are.
    static let officeLimit = 5_000
    /// Accounts of whom others that ask for all keep contact cards and nodes.
    static let replicaLimit = 2_000

    init(relay: Relay) {
        self.relay = relay
        names = Dictionary(
            relay.read([]) { try relay.store.directoryRows() }.map { ($0.account, $0) },
            uniquingKeysWith: { $1 })
        take()
    }

    func isAmongFirst(_ person: Person) -> Bool { person.account.id <= lastReplicated }

    // MARK: This office

    /// Accounts have come, gone or changed.
    func update() {
        let before = own
        take()
        guard own != before else { return }
        for office in relay.offices?.all ?? [] { tell(office) }
    }

    private func take() {
        let accounts = relay.store.accounts.sorted { $0.id < $1.id }
        let replicated = accounts.prefix(Self.replicaLimit)
        lastReplicated = accounts.count > Self.replicaLimit ? replicated.last?.id ?? 0 : .max
        let known = Set(accounts.map(\.id))
        names = names.filter { known.contains($0.key) }
        own = [:]
        guard relay.settings.publishesPeople else { return }
        for account in accounts.prefix(Self.officeLimit) {
            guard !account.disabled, names[account.id]?.isHidden != true else { continue }
            own[DirectoryShard.number(of: account.localpart), default: []].append(
                DirectoryEntry(
                    localpart: account.localpart, name: names[account.id]?.name ?? "",
                    section: account.section ?? ""))
        }
    }

    /// Somebody's contact card is being written; in the same transaction goes what the directory takes of it.
    func cardChanged(_ card: Element, of person: Person) {
        let row = DirectoryRow(account: person.account.id, card: card)
        guard row != names[row.account] else { return }
        relay.store.put(row) { error in
            guard error == nil else { return }
            self.names[row.account] = row
            self.update()
        }
    }

    // MARK: To other offices

    /// Names the office's registers; what it has is not sent again.
    func tell(_ office: Office) {
        for number in 0..<DirectoryShard.count {
            let value = DirectoryShard.encode(own[number] ?? [])
            guard !value.isEmpty || told[office]?.contains(number) == true else { continue }
            if value.isEmpty {
                told[office]?.remove(number)
            } else {
                told[office, default: []].insert(number)
            }
            relay.offices?.changed(
                kept: DirectoryShard.key(number), tag: value.isEmpty ? [] : RegisterTag.tag(of: value),
                for: office)
        }
    }

    func registerValue(_ key: String) -> [UInt8] {
        DirectoryShard.number(ofKey: key).map { DirectoryShard.encode(own[$0] ?? []) } ?? []
    }

    // MARK: Of other offices

    /// What an office tells of its people has changed, or is forgotten.
    func registerChanged(of office: Office) { others[office] = nil }

    func forget(_ office: Office) {
        others[office] = nil
        told[office] = nil
    }

    /// The people of one office; nobody when it has told nothing.
    private func people(of office: Office) -> [DirectoryEntry] {
        if let known = others[office] { return known }
        var found: [DirectoryEntry] = []
        do {
            for number in 0..<DirectoryShard.count {
                guard let value = try relay.offices?.kept(DirectoryShard.key(number), of: office) else {
                    continue
                }
                // A register that does not decode says nothing; the next one of its box replaces it.
                found += (try? DirectoryShard.decode(value)) ?? []
            }
        } catch {
            relay.stop(because: "The directory cannot be read: \(error)")
            return []
        }
        others[office] = found
        return found
    }

    /// The offices that people are searched in, by their domain: this one and all peers.
    var offices: [(name: String, domain: String)] {
        [(relay.domain, relay.domain)] + (relay.offices?.all ?? []).map { ($0.name, $0.domain) }
    }

    /// Everybody whom the query finds, in the order of their addresses.
    func search(_ query: DirectoryQuery) -> [(jid: String, entry: DirectoryEntry, office: String)] {
        var found: [(jid: String, entry: DirectoryEntry, office: String)] = []
        func look(_ entries: [DirectoryEntry], _ domain: String, _ office: String) {
            guard query.office.isEmpty || query.office == office || query.office == domain else { return }
            for entry in entries where query.matches(entry) {
                found.append(("\(entry.localpart)@\(domain)", entry, office))
            }
        }
        look(own.values.flatMap { $0 }, relay.domain, relay.domain)
        for office in relay.offices?.all ?? [] { look(people(of: office), office.domain, office.name) }
        return found.sorted { $0.jid < $1.jid }
    }
}
