/// Slows failed logins per address and per account: the answer comes later with each failure, and from
/// a limit on nothing is tried for a while. Whoever guesses at somebody's password cannot lock that person
/// out: where a person has logged in before, only failures from there count.
struct LoginThrottle {
    private struct Record {
        var failures: Double
        var updated: UInt64
    }

    private struct Place: Hashable {
        let address: String
        let account: String
    }

    private var addresses: [String: Record] = [:]
    private var accounts: [String: Record] = [:]
    /// Where people have logged in, and what failed there since: for each account the newest few.
    private var known: [String: [String]] = [:]
    private var places: [Place: Record] = [:]

    /// Failures that are forgiven per minute.
    private static let forgiven = 6.0
    static let addressLimit = 40.0
    static let accountLimit = 30.0
    /// Names and addresses remembered at most; the oldest are forgotten first.
    static let capacity = 10_000
    /// Addresses remembered of one account.
    static let placesPerAccount = 8

    /// Whether an attempt counts at all, right or wrong.
    /// - Parameter account: the prepared localpart; nil while it is not known.
    func allows(address: String, account: String?, now: UInt64) -> Bool {
        if let account, isKnown(address, account) {
            return failures(places[Place(address: address, account: account)], now) < Self.accountLimit
        }
        return failures(addresses[address], now) < Self.addressLimit
            && failures(account.flatMap { accounts[$0] }, now) < Self.accountLimit
    }

    /// Notes a failure; returns after how many milliseconds to say so.
    mutating func failed(address: String, account: String?, now: UInt64) -> UInt64 {
        if let account, isKnown(address, account) {
            return Self.delay(Self.note(&places, Place(address: address, account: account), now))
        }
        let here = Self.note(&addresses, address, now)
        let there = account.map { Self.note(&accounts, $0, now) } ?? 0
        return Self.delay(max(here, there))
    }

    /// Milliseconds until an attempt beyond the limits is answered.
    static var longestDelay: UInt64 { delay(.infinity) }

    mutating func succeeded(address: String, account: String) {
        places[Place(address: address, account: account)] = nil
        var before = known[account] ?? []
        before.removeAll { $0 == address }
        before.append(address)
        if before.count > Self.placesPerAccount { before.removeFirst() }
        known[account] = before
    }

    private func isKnown(_ address: String, _ account: String) -> Bool {
        known[account]?.contains(address) ?? false
    }

    private static func delay(_ failures: Double) -> UInt64 {
        let step = min(failures, 8)
        return UInt64(200 * step * step)
    }

    private static func note<Key: Hashable>(_ table: inout [Key: Record], _ key: Key, _ now: UInt64) -> Double
    {
        if table.count >= capacity, table[key] == nil,
            let oldest = table.min(by: { $0.value.updated < $1.value.updated })
        {
            table[oldest.key] = nil
        }
        let failures = (table[key].map { left($0, now) } ?? 0) + 1
        table[key] = Record(failures: failures, updated: now)
        return failures
    }

    private func failures(_ record: Record?, _ now: UInt64) -> Double {
        record.map { Self.left($0, now) } ?? 0
    }

    private static func left(_ record: Record, _ now: UInt64) -> Double {
        let passed = now > record.updated ? now - record.updated : 0
        return max(0, record.failures - Double(passed) / 60_000 * forgiven)
    }
}
