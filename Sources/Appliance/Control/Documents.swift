internal import FoundationEssentials

/// The JSON documents of docs/cli.md.
struct CardDocument: Encodable {
    var version = 1
    let card: String
    let name: String
    let domain: String
    let key: String
    let addresses: [String]
}

struct UserDocument: Encodable {
    var version = 1
    let jid: String
    /// Only when the box made it.
    let password: String?
}

struct UserListDocument: Encodable {
    struct User: Encodable {
        let jid: String
        let admin: Bool
        let disabled: Bool
        let section: Explicit<String>
        let sessions: Explicit<Int>
    }

    var version = 1
    let users: [User]
}

struct SessionListDocument: Encodable {
    struct Session: Encodable {
        let resource: String
        /// False while a torn session waits for its client.
        let connected: Bool
        /// Since the client was last heard.
        let seconds: Int
    }

    var version = 1
    let jid: String
    let sessions: [Session]
}

struct StatusDocument: Encodable {
    struct BoxPart: Encodable {
        let name: String
        let domain: String
        let key: String
        let started: UInt64
    }

    struct Link: Encodable {
        let peer: String
        let state: String
        let way: Explicit<String>
        /// Bytes a second.
        let rate: Explicit<Int>
        /// Milliseconds.
        let rtt: Explicit<UInt64>
        let since: Explicit<UInt64>
    }

    struct Queue: Encodable {
        let peer: String
        let `class`: String
        let count: Int
        let bytes: Int
        let oldest: UInt64
    }

    struct Sessions: Encodable {
        let connected: Int
    }

    struct Storage: Encodable {
        let database: Int
        let free: Int
        /// Transactions and the jobs in them since the start: what group commit saves.
        let commits: Int
        let jobs: Int
    }

    struct Transit: Encodable {
        let bundles: Int
        let bytes: Int
    }

    /// A file on its way to or from a peer.
    struct Transfer: Encodable {
        let peer: String
        /// "out" or "in".
        let direction: String
        /// Bytes: of the file, at its destination, and beyond that with hubs.
        let size: UInt64
        let done: UInt64
        let left: UInt64
        /// Bytes per second over the last ten seconds.
        let rate: Int
    }

    struct ClockPart: Encodable {
        let now: UInt64
        let sure: Bool
        /// "machine", "peers", "upstream" or "floor".
        let source: String
    }

    struct Certificates: Encodable {
        /// The end of the certificate that clients see.
        let expires: Explicit<Int64>
        /// When the box makes its next one; null when the certificate comes from elsewhere.
        let renewal: Explicit<Int64>
        let root: String
    }

    var version = 1
    let running: Bool
    let box: BoxPart
    let links: [Link]
    let queue: [Queue]
    let transit: Transit
    let transfers: [Transfer]
    let sessions: Sessions
    let storage: Storage
    let clock: ClockPart
    let certificates: Certificates
}

/// An optional that is written as `null` instead of being left out.
struct Explicit<Value: Encodable>: Encodable {
    let value: Value?

    init(_ value: Value?) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(value) } else { try container.encodeNil() }
    }
}

extension ControlResponse {
    static func document(_ document: some Encodable) -> ControlResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(document) else {
            return .failure(ExitStatus.failed, "The answer cannot be written as JSON.")
        }
        return ControlResponse(document: String(decoding: bytes, as: UTF8.self))
    }
}
