/// What the command line asks for.
struct LoadOptions: Sendable {
    var host = "127.0.0.1"
    var port = 5222
    /// TLS from the first byte (XEP-0368) instead of STARTTLS.
    var direct = false
    var domain = ""
    /// Local parts; pair n is user 2n, who writes, and user 2n+1, who reads.
    var users: [String] = []
    var password = ""
    var pairs = 10
    /// Seconds that are measured, after those of the warm-up.
    var seconds = 15
    var warmup = 2
    /// Messages that a sender has without acknowledgement at most.
    var window = 100
    /// Bytes of the text.
    var body = 100
    /// Messages a second, all senders together; nil: as many as the windows allow.
    var rate: Double?
    /// Connect so many clients and hold them, instead of sending.
    var idle: Int?
    /// Senders ask for an acknowledgement (`<r/>`) after each burst, as clients do.
    var asks = true

    static let usage = """
        usage: dakghar-load --domain DOMAIN (--users A,B,.. | --prefix P --count N) --password WORD
                 [--host HOST] [--port PORT] [--direct]
                 [--pairs N] [--seconds S] [--warmup S] [--window N] [--body BYTES] [--rate PER_SECOND] [--no-ask]
                 [--idle CLIENTS]
        Logs in over TLS with SCRAM-SHA-256 and stream management, and prints one JSON document.
        Takes any certificate: it measures, it guards nothing.
        Phases are named on standard error: connected, measuring, measured.
        """

    /// - Throws: `LoadError.usage` for what is not known, out of bounds or missing.
    init(_ arguments: [String]) throws(LoadError) {
        var rest = arguments[...]
        var prefix = "u"
        var count = 0
        while let option = rest.popFirst() {
            switch option {
            case "--direct": direct = true
            case "--no-ask": asks = false
            case "--host": host = try Self.value(option, &rest)
            case "--domain": domain = try Self.value(option, &rest)
            case "--password": password = try Self.value(option, &rest)
            case "--users": users = try Self.value(option, &rest).split(separator: ",").map(String.init)
            case "--prefix": prefix = try Self.value(option, &rest)
            case "--count": count = try Self.number(option, &rest, 1...100_000)
            case "--port": port = try Self.number(option, &rest, 1...65_535)
            case "--pairs": pairs = try Self.number(option, &rest, 1...5_000)
            case "--seconds": seconds = try Self.number(option, &rest, 1...3_600)
            case "--warmup": warmup = try Self.number(option, &rest, 0...600)
            case "--window": window = try Self.number(option, &rest, 1...10_000)
            case "--body": body = try Self.number(option, &rest, 1...65_536)
            case "--rate": rate = Double(try Self.number(option, &rest, 1...1_000_000))
            case "--idle": idle = try Self.number(option, &rest, 1...20_000)
            default: throw .usage("unknown option \(option)")
            }
        }
        if count > 0 { users = (1...count).map { "\(prefix)\($0)" } }
        guard !domain.isEmpty, !users.isEmpty, !password.isEmpty else {
            throw .usage("--domain, users and --password are needed")
        }
        guard idle != nil || users.count >= 2 * pairs else {
            throw .usage("\(pairs) pairs need \(2 * pairs) users")
        }
    }

    private static func value(_ option: String, _ rest: inout ArraySlice<String>) throws(LoadError) -> String
    {
        guard let value = rest.popFirst(), !value.isEmpty else { throw .usage("\(option) needs a value") }
        return value
    }

    private static func number(
        _ option: String, _ rest: inout ArraySlice<String>, _ range: ClosedRange<Int>
    ) throws(LoadError) -> Int {
        guard let number = Int(try value(option, &rest)), range.contains(number) else {
            throw .usage("\(option) takes \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

/// Why there is no result.
enum LoadError: Error, CustomStringConvertible {
    case usage(String)
    /// A client could not log in, or lost its stream.
    case client(String, String)
    case notConnectedInTime

    var description: String {
        switch self {
        case .usage(let text): "\(text)\n\(LoadOptions.usage)"
        case .client(let name, let text): "\(name): \(text)"
        case .notConnectedInTime: "not all clients were connected in time"
        }
    }
}
