/// The keys of each section, in the order of the documented file.
enum ConfigurationKeys {
    static let top = [
        "box", "listen", "contact", "peers", "components", "call-servers", "tls", "limits", "backup",
        "updates",
    ]
    static let box = ["name", "domain", "addresses", "files-host", "forward", "shared-roster", "directory"]
    static let listen = ["xmpp", "xmpp-tls", "web", "link", "components"]
    static let component = ["domain", "name", "secret-file"]
    static let callServer = ["type", "host", "transport", "secret-file", "lifetime"]
    static let peer = ["card", "addresses", "upstream", "direct", "replicas"]
    static let backup = ["folder", "keep"]
    static let updates = ["keys", "confirm-after"]
    static let tls = ["certificate", "key"]
    static let limits = [
        "stanza", "outbox", "outbox-per-peer", "lifetime", "sessions-per-account", "stanzas-per-second",
        "half-open-connections",
        "unacknowledged", "file", "files-per-person", "files", "replica-files", "probe-interval",
    ]
    static let lifetime = ["chat", "bulk", "files", "archive", "urgent", "receipts", "background"]
}

extension Configuration {
    init(_ file: SectionReader) throws(ConfigurationError) {
        try file.allowOnly(ConfigurationKeys.top)
        let listen = try Listen(try file.section("listen"))
        let port = listen.link?.port ?? Self.linkPort
        let box = try Box(try file.section("box"), linkPort: port)
        self.init(
            box: box, listen: listen,
            peers: try Self.peers(try file.sections("peers"), ownName: box.name),
            components: try Component.list(try file.sections("components"), under: box.domain),
            contact: try Contact(try file.section("contact")),
            callServers: try CallServer.list(try file.sections("call-servers")),
            tls: file.table["tls"] == nil ? nil : try TLSFiles(try file.section("tls")),
            limits: try Limits(try file.section("limits")))
        updates = try Updates(try file.section("updates"))
        if file.table["backup"] != nil { backup = try Backup(try file.section("backup")) }
    }

    private init(
        box: Box, listen: Listen, peers: [Peer], components: [Component], contact: Contact,
        callServers: [CallServer], tls: TLSFiles?, limits: Limits
    ) {
        self.box = box
        self.listen = listen
        self.peers = peers
        self.components = components
        self.contact = contact
        self.callServers = callServers
        self.tls = tls
        self.limits = limits
        backup = nil
        updates = .standard
    }

    private static func peers(
        _ sections: [SectionReader], ownName: String
    ) throws(ConfigurationError) -> [Peer] {
        var peers: [Peer] = []
        var names: Set<String> = [ownName]
        for section in sections {
            let peer = try Peer(section)
            guard names.insert(peer.name).inserted else {
                let whose = peer.name == ownName ? "this box itself" : "a peer above"
                throw section.error("card", "the peer '\(peer.name)' is \(whose)")
            }
            peers.append(peer)
        }
        return peers
    }
}

extension Configuration.Box {
    fileprivate init(_ section: SectionReader, linkPort: UInt16) throws(ConfigurationError) {
        try section.allowOnly(ConfigurationKeys.box)
        guard let name = try section.string("name") else { throw section.missing("name") }
        guard let domain = try section.string("domain") else { throw section.missing("domain") }
        guard DomainText.isBoxName(name) else {
            throw section.must("name", "1 to 63 lower-case letters, digits, '-' or '_'")
        }
        let wanted = "a domain in lower-case ASCII letters ('xn--' for other scripts)"
        guard DomainText.isDomain(domain) else { throw section.must("domain", wanted) }
        let filesHost = try section.string("files-host")
        if let filesHost, !DomainText.isDomain(filesHost) { throw section.must("files-host", wanted) }
        if filesHost == domain { throw section.must("files-host", "another name than the domain") }
        self.init(
            name: name, domain: domain, filesHost: filesHost,
            forward: try section.boolean("forward", default: true),
            sharedRoster: try section.boolean("shared-roster", default: true),
            directory: try section.boolean("directory", default: true),
            addresses: try readAddresses(section, defaultPort: linkPort) ?? [])
    }
}

extension Configuration.Listen {
    fileprivate init(_ section: SectionReader) throws(ConfigurationError) {
        try section.allowOnly(ConfigurationKeys.listen)
        self.init(
            xmpp: try Self.address(section, "xmpp", 5222),
            xmppTLS: try Self.address(section, "xmpp-tls", 5223),
            web: try Self.address(section, "web", 443),
            link: try Self.address(section, "link", Configuration.linkPort),
            components: try section.value("components", default: nil) {
                (text) throws(InvalidText) -> HostPort? in
                text == "off" ? nil : try HostPort(text)
            })
    }

    private static func address(
        _ section: SectionReader, _ key: String, _ port: UInt16
    ) throws(ConfigurationError) -> HostPort? {
        try section.value(key, default: HostPort(host: "0.0.0.0", port: port)) {
            (text) throws(InvalidText) -> HostPort? in
            text == "off" ? nil : try HostPort(text)
        }
    }
}

extension Configuration.Peer {
    fileprivate init(_ section: SectionReader) throws(ConfigurationError) {
        try section.allowOnly(ConfigurationKeys.peer)
        guard let card = try section.string("card") else { throw section.missing("card") }
        guard let name = ConfigurationFile.peerName(ofCard: card) else {
            throw section.must("card", "a card: dakghar:1:NAME:DOMAIN:KEYS:ADDRESSES:SIGNATURE")
        }
        self.init(
            card: card, name: name,
            addresses: try readAddresses(section, defaultPort: Configuration.linkPort),
            upstream: try section.boolean("upstream", default: false),
            direct: try section.boolean("direct", default: true),
            replicatesAll: try section.value("replicas", default: true) {
                (text) throws(InvalidText) -> Bool in
                guard text == "all" || text == "contacts" else {
                    throw InvalidText(reason: "\"all\" or \"contacts\"")
                }
                return text == "all"
            },
            line: section.document.outline.lines[section.path + ".card"])
    }
}

extension Configuration.TLSFiles {
    fileprivate init(_ section: SectionReader) throws(ConfigurationError) {
        try section.allowOnly(ConfigurationKeys.tls)
        let certificate = try section.string("certificate")
        let key = try section.string("key")
        guard let certificate, !certificate.isEmpty else { throw section.missing("certificate") }
        guard let key, !key.isEmpty else { throw section.missing("key") }
        self.init(certificate: certificate, key: key)
    }
}

extension Configuration.Limits {
    fileprivate init(_ section: SectionReader) throws(ConfigurationError) {
        let standard = Self.standard
        try section.allowOnly(ConfigurationKeys.limits)
        let lifetime = try section.section("lifetime")
        try lifetime.allowOnly(ConfigurationKeys.lifetime)
        let lifetimes = TimeSpan.seconds(60)...TimeSpan.days(365)
        self.init(
            stanza: try section.value(
                "stanza", in: .kibibytes(10) ... .mebibytes(16), default: standard.stanza,
                ByteSize.init),
            outbox: try section.value(
                "outbox", in: .mebibytes(1) ... .gibibytes(1 << 20), default: standard.outbox,
                ByteSize.init),
            outboxPerPeer: try section.optional(
                "outbox-per-peer", in: .mebibytes(1) ... .gibibytes(1 << 20), ByteSize.init),
            chatLifetime: try lifetime.value(
                "chat", in: lifetimes, default: standard.chatLifetime, TimeSpan.init),
            bulkLifetime: try lifetime.value(
                "bulk", in: lifetimes, default: standard.bulkLifetime, TimeSpan.init),
            urgentLifetime: try lifetime.optional("urgent", in: lifetimes, TimeSpan.init),
            receiptsLifetime: try lifetime.optional("receipts", in: lifetimes, TimeSpan.init),
            backgroundLifetime: try lifetime.optional("background", in: lifetimes, TimeSpan.init),
            fileLifetime: try lifetime.value(
                "files", in: TimeSpan.seconds(60)...TimeSpan.days(3650), default: standard.fileLifetime,
                TimeSpan.init),
            archiveLifetime: try lifetime.value(
                "archive", in: TimeSpan.seconds(1)...TimeSpan.days(36_500), default: standard.archiveLifetime,
                TimeSpan.init),
            sessionsPerAccount: try section.integer(
                "sessions-per-account", in: 1...1000, default: standard.sessionsPerAccount),
            stanzasPerSecond: try section.integer(
                "stanzas-per-second", in: 1...1_000_000, default: standard.stanzasPerSecond),
            halfOpenConnections: try section.integer(
                "half-open-connections", in: 1...65_536, default: standard.halfOpenConnections),
            unacknowledged: try section.value(
                "unacknowledged", in: .kibibytes(64) ... .gibibytes(1),
                default: standard.unacknowledged, ByteSize.init),
            file: try section.value(
                "file", in: .kibibytes(1) ... .gibibytes(64), default: standard.file, ByteSize.init),
            filesPerPerson: try section.value(
                "files-per-person", in: .kibibytes(1) ... .gibibytes(1 << 20),
                default: standard.filesPerPerson, ByteSize.init),
            files: try section.value(
                "files", in: .kibibytes(1) ... .gibibytes(1 << 20), default: standard.files, ByteSize.init),
            replicaFiles: try section.value(
                "replica-files", in: .kibibytes(1) ... .gibibytes(1 << 20), default: standard.replicaFiles,
                ByteSize.init),
            probeInterval: try section.value(
                "probe-interval", in: .seconds(1) ... .seconds(3600),
                default: standard.probeInterval, TimeSpan.init))
    }
}

/// A list of addresses, at most 16; the port may be missing.
private func readAddresses(
    _ section: SectionReader, defaultPort: UInt16
) throws(ConfigurationError) -> [HostPort]? {
    guard let texts = try section.strings("addresses") else { return nil }
    guard texts.count <= 16 else { throw section.must("addresses", "at most 16 addresses") }
    var addresses: [HostPort] = []
    for text in texts {
        do {
            addresses.append(try HostPort(text, defaultPort: defaultPort))
        } catch { throw section.must("addresses", "a list of addresses, each \(error.reason)") }
    }
    return addresses
}
