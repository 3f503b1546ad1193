/// Slows failed logins per address and per account: the answer comes later with each failure, and from
/// a limit on everything is refused for a while.
struct LoginThrottle {
    private struct Record {
        var failures: Double
        var updated: UInt64
    }

    private var addresses: [String: Record] = [:]
    private var accounts: [String: Record] = [:]

    /// Failures that are forgiven per minute.
    private static let forgiven = 6.0
    static let addressLimit = 40.0
    static let accountLimit = 30.0
    /// Names and addresses remembered at most; the oldest are forgotten first.
    static let capacity = 10_000

    func allows(address: String, now: UInt64) -> Bool {
        (addresses[address].map { Self.failures($0, now) } ?? 0) < Self.addressLimit
    }

    func allows(account: String, now: UInt64) -> Bool {
        (accounts[account].map { Self.failures($0, now) } ?? 0) < Self.accountLimit
    }

    /// Notes a failure; returns after how many milliseconds to say so.
    mutating func failed(address: String, account: String?, now: UInt64) -> UInt64 {
        let here = Self.note(&addresses, address, now)
        let there = account.map { Self.note(&accounts, $0, now) } ?? 0
        let step = min(max(here, there), 8)
        return UInt64(200 * step * step)
    }

    mutating func succeeded(address: String, account: String) {
        accounts[account] = nil
        addresses[address] = nil
    }

    private static func note(_ table: inout [String: Record], _ key: String, _ now: UInt64) -> Double {
        if table.count >= capacity, table[key] == nil, let oldest = table.min(by: { $0.value.updated < $1.value.updated }) {
            table[oldest.key] = nil
        }
        let failures = (table[key].map { Self.failures($0, now) } ?? 0) + 1
        table[key] = Record(failures: failures, updated: now)
        return failures
    }

    private static func failures(_ record: Record, _ now: UInt64) -> Double {
        max(0, record.failures - Double(now - record.updated) / 60_000 * forgiven)
    }
}
