/// Everything that `dakghar.toml` says, checked. Absent keys have their defaults here.
package struct Configuration: Sendable, Equatable {
    package var box: Box
    package var listen: Listen
    package var peers: [Peer]
    /// Programs beside the box with a domain under its own (XEP-0114).
    package var components: [Component]
    /// Whom people write to about the service.
    package var contact: Contact
    /// STUN and TURN servers for calls.
    package var callServers: [CallServer]
    /// A certificate from elsewhere instead of the box's own chain; nil without `[tls]`.
    package var tls: TLSFiles?
    package var limits: Limits
    /// Where nightly backups go; nil without `[backup]`.
    package var backup: Backup?
    /// Whose updates this box takes.
    package var updates: Updates

    /// `[box]`: who this box is.
    package struct Box: Sendable, Equatable {
        /// Short name: 1 to 63 lower-case letters, digits, `-` and `_`.
        package var name: String
        /// The XMPP domain, lower-case ASCII (`xn--` for other scripts).
        package var domain: String
        /// The host name that all boxes of a deployment share for files.
        package var filesHost: String?
        /// Whether sealed bundles of peers are taken on for other peers.
        package var forward: Bool
        /// Whether everybody of this office is in everybody's roster.
        package var sharedRoster: Bool
        /// Whether the people of this office are in the directory of all offices.
        package var directory: Bool
        /// Where this box is reached: on the card, and as hosts in the certificate.
        package var addresses: [HostPort]
    }

    /// `[listen]`: addresses to listen on; nil is "off".
    package struct Listen: Sendable, Equatable {
        /// XMPP with STARTTLS (RFC 6120).
        package var xmpp: HostPort?
        /// XMPP over direct TLS (XEP-0368).
        package var xmppTLS: HostPort?
        /// HTTPS.
        package var web: HostPort?
        /// Links of peers.
        package var link: HostPort?
        /// External components, without TLS; off where nothing is said.
        package var components: HostPort?
    }

    /// One `[[components]]`.
    package struct Component: Sendable, Equatable {
        /// Under the box's domain.
        package var domain: String
        /// For people; the domain where nothing is said.
        package var name: String
        /// An absolute path: a file that nobody else may read.
        package var secretFile: String
    }

    /// One `[[peers]]`.
    package struct Peer: Sendable, Equatable {
        /// The card as written; its signature is not checked here.
        package var card: String
        /// The name that the card claims.
        package var name: String
        /// Instead of the card's addresses where not nil; empty means through an upstream only.
        package var addresses: [HostPort]?
        /// Whatever has no direct way goes here.
        package var upstream: Bool
        /// False: never dialled nor taken directly, reached through an upstream only.
        package var direct: Bool
        /// Whether it keeps replicas of everybody here, or only of the contacts of its people.
        package var replicatesAll: Bool
        /// The line of `card` in the file, for messages about it.
        package var line: Int?
    }

    /// `[tls]`: PEM files, read at start and at SIGHUP.
    package struct TLSFiles: Sendable, Equatable {
        /// The certificate, followed by its intermediates.
        package var certificate: String
        package var key: String
    }

    /// `[limits]`.
    package struct Limits: Sendable, Equatable {
        /// Largest stanza that a client may send; at least 10,000 bytes (RFC 6120 §13.12).
        package var stanza: ByteSize
        /// What may wait for all peers together.
        package var outbox: ByteSize
        /// What may wait for one peer; half of the whole where nothing is said.
        package var outboxPerPeer: ByteSize?
        /// How long a message may wait for a line.
        package var chatLifetime: TimeSpan
        /// How long a file may wait for a line.
        package var bulkLifetime: TimeSpan
        /// The same for urgent messages, receipts and what boxes tell each other; as long as a message's
        /// where nothing is said.
        package var urgentLifetime: TimeSpan?
        package var receiptsLifetime: TimeSpan?
        package var backgroundLifetime: TimeSpan?
        /// How long an uploaded file stays.
        package var fileLifetime: TimeSpan
        /// How long a message stays in the archives of people and rooms.
        package var archiveLifetime: TimeSpan
        package var sessionsPerAccount: Int
        package var stanzasPerSecond: Int
        /// Connections that have not logged in yet, all together.
        package var halfOpenConnections: Int
        /// What a session may be sent before its client acknowledges any of it.
        package var unacknowledged: ByteSize
        /// One uploaded file; all files of one person; all files of the box.
        package var file: ByteSize
        package var filesPerPerson: ByteSize
        package var files: ByteSize
        /// Files of other offices that are kept here; one office may fill half of it.
        package var replicaFiles: ByteSize
        /// How often a peer without a link is dialled, and a silent link asked.
        package var probeInterval: TimeSpan

        package static let standard = Limits(
            stanza: .kibibytes(256), outbox: .gibibytes(2), chatLifetime: .days(30),
            bulkLifetime: .days(14), fileLifetime: .days(90), archiveLifetime: .days(365),
            sessionsPerAccount: 16, stanzasPerSecond: 5_000,
            halfOpenConnections: 512,
            unacknowledged: .mebibytes(1), file: .mebibytes(100), filesPerPerson: .gibibytes(1),
            files: .gibibytes(20), replicaFiles: .gibibytes(10), probeInterval: .seconds(4))
    }

    /// The port of links where an address names none.
    package static let linkPort: UInt16 = 7400

    /// Host names and IP addresses of the box, for its certificate.
    package var certificateHosts: [String] {
        var seen: Set<String> = []
        return box.addresses.map(\.host).filter { seen.insert($0).inserted }
    }

    /// Reads and checks the file at `path`.
    package static func load(_ path: String) throws(ConfigurationError) -> Configuration {
        try Configuration(try ConfigurationFile.read(path), file: path)
    }

    /// Checks a text; `file` is only named in errors.
    package init(_ text: String, file: String = "dakghar.toml") throws(ConfigurationError) {
        try self.init(SectionReader(try ConfigurationDocument(text, file: file)))
    }
}
