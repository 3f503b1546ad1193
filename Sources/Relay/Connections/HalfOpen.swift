/// Connections that have not come to a session yet: bounded in number and time, so that nobody can hold
/// the door shut.
typealias HalfOpen = HalfOpenTable<ClientConnection>

struct HalfOpenTable<Connection: AnyObject> {
    private struct Entry {
        let connection: Connection
        let address: String
        var since: UInt64
        /// Tells apart what came in the same millisecond.
        let order: UInt64
    }

    private var waiting: [ObjectIdentifier: Entry] = [:]
    private var perAddress: [String: Int] = [:]
    private var added: UInt64 = 0
    private let total: Int
    private let each: Int
    private let limitMs: UInt64

    init(settings: RelaySettings) {
        total = settings.halfOpen
        each = settings.halfOpenPerAddress
        limitMs = UInt64(settings.authenticationSeconds) * 1_000
    }

    var count: Int { waiting.count }

    /// Takes a connection in.
    /// - Returns: the one that has to go for it. The caller closes it after this call, because closing
    ///   calls `remove`.
    mutating func add(_ connection: Connection, address: String, now: UInt64) -> Connection? {
        added += 1
        waiting[ObjectIdentifier(connection)] = Entry(
            connection: connection, address: address, since: now, order: added)
        let here = perAddress[address, default: 0] + 1
        perAddress[address] = here
        guard waiting.count > total || here > each else { return nil }
        // The oldest goes first: a newcomer that means it is done long before its turn comes.
        return waiting.values
            .filter { here <= each || $0.address == address }
            .min { $0.order < $1.order }?.connection
    }

    mutating func remove(_ connection: Connection) {
        guard let entry = waiting.removeValue(forKey: ObjectIdentifier(connection)) else { return }
        let left = perAddress[entry.address, default: 1] - 1
        perAddress[entry.address] = left > 0 ? left : nil
    }

    /// Gives a connection more time, counted from `now`.
    mutating func extend(_ connection: Connection, byMs extra: UInt64, now: UInt64) {
        waiting[ObjectIdentifier(connection)]?.since = now + extra
    }

    /// Those whose time is over.
    func expired(now: UInt64) -> [Connection] {
        waiting.values.filter { $0.since + limitMs < now }.map(\.connection)
    }
}
