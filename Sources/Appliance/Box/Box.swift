internal import Bundles
internal import Carriers
internal import Console
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Relay
internal import Storage
internal import XMPP

/// A box in this process: its store, relay and peers, with or without listeners. Lives on one event loop.
final class Box {
    let directory: BoxDirectory
    let configurationPath: String
    private(set) var configuration: Configuration
    private(set) var identity: BoxIdentity
    let store: Store
    let relay: Relay
    let postOffice: PostOffice
    let log: Log
    let eventLoop: any EventLoop
    /// Wall milliseconds.
    let started: UInt64
    var isServing = false

    /// Opens everything that `directory` holds. Call on the event loop.
    init(
        directory: BoxDirectory, configurationPath: String?, log: Log, eventLoop: any EventLoop,
        pool: NIOThreadPool
    ) throws(BoxFailure) {
        // Whatever the box makes is for its owner only.
        umask(0o077)
        guard access(directory.restoring, F_OK) != 0 else {
            throw BoxFailure(
                "A restore into \(directory.path) was not finished: run the same dakghar restore again.",
                ExitStatus.badInput)
        }
        self.directory = directory
        self.configurationPath = configurationPath ?? directory.configuration
        self.log = log
        self.eventLoop = eventLoop
        do {
            configuration = try Configuration.load(self.configurationPath)
            identity = try BoxIdentity.decode(try KeyFile.read(directory.key("identity")))
            let dataKey = try DataKey.load(directory, environment: Environment.current)
            guard let cipher = PayloadCipher(key: dataKey) else {
                throw BoxFailure("The data key has not 32 bytes.", ExitStatus.badInput)
            }
            store = try Store(
                path: directory.database, cipher: cipher, eventLoop: eventLoop, pool: pool,
                wallFloor: BuildTime.milliseconds)
            started = store.wallNow()
            relay = Relay(
                domain: configuration.box.domain, store: store, settings: RelaySettings(configuration),
                eventLoop: eventLoop, secret: dataKey, directory: directory.path)
            postOffice = try PostOffice(
                store: store, identity: identity, eventLoop: eventLoop,
                settings: PostOffice.Settings(configuration))
        } catch let error as BoxFailure {
            throw error
        } catch {
            throw BoxFailure(describing: error)
        }
        guard identity.domain == configuration.box.domain, identity.name == configuration.box.name else {
            throw BoxFailure(
                "\(self.configurationPath): [box] says \(configuration.box.name), \(configuration.box.domain), but the keys were made for \(identity.name), \(identity.domain). A box keeps its name and domain; make a new box for new ones.",
                ExitStatus.badInput)
        }
        relay.box = identity.boxID.bytes.reduce(0) { $0 << 8 | UInt64($1) }
        relay.offices = postOffice
        postOffice.correspondent = relay
        postOffice.note = { text, peer in log.notice(text, peer: peer) }
        postOffice.isDiskFull = { [unowned relay] in relay.isDiskFull }
        postOffice.saveIdentity = { [unowned self] changed in
            try DurableFile.replace(directory.key("identity"), with: changed.encode(), mode: 0o400)
            identity = changed
        }
        postOffice.broken = { [unowned relay] reason in relay.stopped(reason) }
        try takePeers()
    }

    /// Checks every card of the configuration and hands the list to the post office.
    private func takePeers() throws(BoxFailure) {
        var entries: [PeerEntry] = []
        for peer in configuration.peers {
            do {
                let card = try Card(parsing: peer.card)
                guard card.boxID != identity.boxID else {
                    throw BoxFailure("This box is listed as its own peer.", ExitStatus.badInput)
                }
                entries.append(
                    PeerEntry(
                        card: card, addresses: peer.addresses.map { $0.map(\.description) } ?? card.addresses,
                        upstream: peer.upstream, direct: peer.direct,
                        replicas: peer.replicatesAll ? .all : .contacts))
            } catch let error as BoxFailure {
                throw error
            } catch {
                let line = peer.line.map { ":\($0)" } ?? ""
                throw BoxFailure(
                    "\(configurationPath)\(line): the card of \(peer.name): \(error)", ExitStatus.badInput)
            }
        }
        do {
            try postOffice.setPeers(entries)
        } catch {
            throw BoxFailure(describing: error)
        }
    }

    var authority: CertificateAuthority {
        CertificateAuthority(directory, names: CertificateNames(configuration))
    }

    /// Renews the certificate when it is due and gives it to the listeners.
    func loadCertificate() throws(BoxFailure) {
        do {
            var chain = authority.chainFile
            var key = authority.leafKeyFile
            if let files = configuration.tls {
                chain = files.certificate
                key = files.key
            } else {
                _ = try authority.refresh(now: Int64(store.wallNow()))
            }
            let leaf = try NIOSSLCertificate.fromPEMFile(chain).first
            let endPoint = try leaf.flatMap { tlsServerEndPoint(der: try $0.toDERBytes()) } ?? []
            relay.tls = try RelayTLS(chain: chain, key: key, endPoint: endPoint)
        } catch {
            throw BoxFailure("The certificate cannot be used: \(error)", ExitStatus.badInput)
        }
    }

    /// Reads the configuration again: peers, limits and certificates take effect, sessions stay.
    func reload() throws(BoxFailure) {
        let before = configuration
        do {
            configuration = try Configuration.load(configurationPath)
            if isServing { try loadCertificate() }
            try takePeers()
        } catch {
            // What runs goes on with what it had.
            configuration = before
            throw error as? BoxFailure ?? BoxFailure(describing: error)
        }
        postOffice.settings = PostOffice.Settings(configuration)
        relay.settings = RelaySettings(configuration)
        postOffice.blobs?.settings = BlobExchange.Settings(configuration)
    }

    /// Files go to other boxes and come from them from now on.
    func exchangeFiles() throws(BoxFailure) {
        do {
            let shelf = FileShelf(folder: directory.blobs, loop: eventLoop)
            _ = try BlobExchange(
                office: postOffice, shelf: shelf, settings: .init(configuration),
                hasRoom: { [unowned relay] in relay.hasRoom(forFile: $0) })
        } catch {
            throw BoxFailure(describing: error)
        }
    }

    /// What the HTTPS port has to know.
    func webSettings(port: Int) -> WebSettings {
        let ownRoot = try? NIOSSLCertificate.fromPEMFile(authority.rootFile).first
        let root = configuration.tls == nil ? ownRoot : nil
        return WebSettings(
            domain: configuration.box.domain, box: configuration.box.name, port: port,
            xmppPort: configuration.listen.xmpp.map { Int($0.port) },
            xmppTLSPort: configuration.listen.xmppTLS.map { Int($0.port) },
            filesAuthority: configuration.box.filesHost.map { port == 443 ? $0 : "\($0):\(port)" },
            rootCertificate: root.flatMap { try? $0.toDERBytes() })
    }

    /// What people may upload.
    func uploadSettings(port: Int) -> UploadSettings {
        let host = configuration.box.filesHost ?? configuration.box.domain
        let limits = configuration.limits
        return UploadSettings(
            address: "https://\(host)\(port == 443 ? "" : ":\(port)")/\(configuration.box.name)",
            fileBytes: limits.file.bytes, personBytes: limits.filesPerPerson.bytes,
            totalBytes: limits.files.bytes,
            fileMs: UInt64(clamping: limits.fileLifetime.milliseconds))
    }

    var card: Card? { try? identity.card(addresses: configuration.cardAddresses) }
}

/// Why a box does not start, or a command does not work, with the exit code for it.
package struct BoxFailure: Error, CustomStringConvertible {
    package let description: String
    package let exitCode: Int32

    init(_ description: String, _ exitCode: Int32) {
        self.description = description
        self.exitCode = exitCode
    }

    /// Somebody has stopped it.
    package static func stopped(_ what: String) -> BoxFailure {
        BoxFailure("Stopped: \(what).", ExitStatus.tryAgain)
    }

    init(describing error: any Error) {
        description = "\(error)"
        exitCode =
            switch error {
            case let error as BoxDirectoryError: error.exitCode
            case is ConfigurationError, is KeyFileError: ExitStatus.badInput
            case StorageError.newer, StorageError.damaged: ExitStatus.badInput
            case StorageError.busy: ExitStatus.tryAgain
            default: ExitStatus.failed
            }
    }
}

extension PostOffice.Settings {
    init(_ configuration: Configuration) {
        self.init()
        forwards = configuration.box.forward
        outboxBytes = configuration.limits.outbox.bytes
        outboxBytesPerPeer = configuration.limits.outboxPerPeer?.bytes ?? outboxBytes / 2
        chatLifetimeMs = UInt64(clamping: configuration.limits.chatLifetime.milliseconds)
        let limits = configuration.limits
        for (parcelClass, span) in [
            (ParcelClass.urgent, limits.urgentLifetime), (.receipts, limits.receiptsLifetime),
            (.background, limits.backgroundLifetime), (.bulk, limits.bulkLifetime),
        ] {
            if let span { lifetimesMs[parcelClass] = UInt64(clamping: span.milliseconds) }
        }
        probeIntervalMs = UInt64(clamping: configuration.limits.probeInterval.milliseconds)
    }
}

extension BlobExchange.Settings {
    init(_ configuration: Configuration) {
        self.init()
        totalBytes = configuration.limits.replicaFiles.bytes
        transferMs = UInt64(clamping: configuration.limits.bulkLifetime.milliseconds)
        keptMs = UInt64(clamping: configuration.limits.fileLifetime.milliseconds)
    }
}

extension RelaySettings {
    init(_ configuration: Configuration) {
        self.init()
        let limits = configuration.limits
        sharesRoster = configuration.box.sharedRoster
        publishesPeople = configuration.box.directory
        stanzaBytes = limits.stanza.bytes
        halfOpen = limits.halfOpenConnections
        halfOpenPerAddress = max(16, limits.halfOpenConnections / 4)
        sessionsPerAccount = limits.sessionsPerAccount
        stanzasPerSecond = limits.stanzasPerSecond
        unacknowledgedBytes = limits.unacknowledged.bytes
    }
}
