internal import Glibc
internal import Storage

/// Looks at a box and at what is around it (`dakghar doctor`).
package struct Doctor {
    private let directory: BoxDirectory
    private let configuration: Configuration
    private let facts: BoxFacts
    private let resolver: Resolver?

    /// - Parameter resolver: whom the phones ask; this machine's where nil.
    package init(
        _ directory: BoxDirectory, _ configuration: Configuration, _ facts: BoxFacts, resolver: String?
    ) {
        self.directory = directory
        self.configuration = configuration
        self.facts = facts
        self.resolver = resolver.map { Resolver($0) } ?? Resolver.ofThisMachine
    }

    package func findings() -> [Finding] {
        var found = [Checks.box(facts, directory: directory.path), clock, disk, Checks.certificate(facts)]
        if facts.running { found += ports }
        found += facts.peers.map { Checks.peer($0, now: facts.now) }
        found.append(Checks.backup(facts, isScheduled: configuration.backup != nil))
        return found + names
    }

    /// What chrony, systemd-timesyncd and ntpsec have while they run.
    private static let timeServices = [
        "/run/chrony/chronyd.sock", "/run/systemd/timesync/synchronized", "/run/ntpd.pid",
    ]

    private var clock: Finding {
        let isKept = Self.timeServices.contains { access($0, F_OK) == 0 }
        return Checks.clock(facts, system: Clocks.wall(), isKept: isKept)
    }

    private var disk: Finding {
        var disk = statvfs()
        guard statvfs(directory.path, &disk) == 0 else {
            return Finding("disk", .broken, "it cannot be asked: \(String(cString: strerror(errno)))")
        }
        let block = Int(disk.f_frsize)
        return Checks.disk(free: Int(disk.f_bavail) * block, total: Int(disk.f_blocks) * block)
    }

    private var ports: [Finding] {
        let listen = configuration.listen
        let all: [(String, HostPort?)] = [
            ("xmpp", listen.xmpp), ("xmpp-tls", listen.xmppTLS), ("web", listen.web), ("link", listen.link),
        ]
        return all.compactMap { name, address in
            address.map { Checks.port(name, $0.description, answers: Self.answers($0)) }
        }
    }

    /// Whether something accepts a connection there.
    private static func answers(_ address: HostPort) -> Bool {
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][address.host] ?? address.host
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(address.port)", &hints, &found) == 0, let target = found?.pointee else {
            return false
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(target.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 3, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return connect(descriptor, target.ai_addr, target.ai_addrlen) == 0
    }

    private var names: [Finding] {
        let names = LANNames(configuration)
        guard let resolver else {
            return [
                Finding(
                    "names", .warning,
                    "this machine asks no resolver; name the one of the phones with --resolver")
            ]
        }
        func ask(_ name: String, _ kind: DNSMessage.Kind) -> [DNSMessage.Answer]? {
            do { return try resolver.ask(name, kind) } catch .refused { return [] } catch { return nil }
        }
        let addresses = ask(names.domain, .a)
        let domain = Checks.name(names.domain, addresses, own: names.addresses, resolver: resolver.address)
        // One that is silent is not asked again and again.
        guard addresses != nil else { return [domain] }
        var found = [domain]
        if let host = names.filesHost {
            found.append(Checks.name(host, ask(host, .a), own: names.addresses, resolver: resolver.address))
        }
        return found
            + names.services.map { service in
                Checks.service(
                    service, ask(service.name, .srv), usual: service.name.hasPrefix("_xmpps") ? 5223 : 5222)
            }
    }
}
