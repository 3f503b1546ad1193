/// Connections that have not authenticated yet: bounded in number and time, so that nobody can hold
/// the door shut.
struct HalfOpen {
    private var waiting: [ObjectIdentifier: (connection: ClientConnection, since: UInt64)] = [:]
    private var perAddress: [String: Int] = [:]
    private let total: Int
    private let each: Int
    private let limitMs: UInt64

    init(settings: RelaySettings) {
        total = settings.halfOpen
        each = settings.halfOpenPerAddress
        limitMs = UInt64(settings.authenticationSeconds) * 1_000
    }

    var count: Int { waiting.count }

    mutating func add(_ connection: ClientConnection) {
        waiting[ObjectIdentifier(connection)] = (connection, Clock.now())
        perAddress[connection.address, default: 0] += 1
        // The oldest goes first: a newcomer that means it is done long before its turn comes.
        if waiting.count > total || perAddress[connection.address, default: 0] > each {
            let crowded = perAddress[connection.address, default: 0] > each ? connection.address : nil
            let oldest = waiting.values
                .filter { crowded == nil || $0.connection.address == crowded }
                .min { $0.since < $1.since }
            oldest?.connection.close()
        }
    }

    mutating func remove(_ connection: ClientConnection) {
        guard waiting.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        let left = perAddress[connection.address, default: 1] - 1
        perAddress[connection.address] = left > 0 ? left : nil
    }

    /// Those whose time is over.
    func expired(now: UInt64) -> [ClientConnection] {
        waiting.values.filter { now - $0.since > limitMs }.map(\.connection)
    }
}
