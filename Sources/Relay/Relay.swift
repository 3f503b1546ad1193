internal import Bundles
package import Carriers
package import NIOCore
internal import NIOPosix
package import Storage
internal import XMPP

/// The XMPP server of one office. Lives on one event loop: every method is called there.
package final class Relay {
    package let domain: String
    package let store: Store
    package var settings: RelaySettings
    let eventLoop: any EventLoop
    /// Where everything of the relay runs.
    package var loop: any EventLoop { eventLoop }
    /// The largest stanza of a client, bytes.
    package var largestStanza: Int { settings.stanzaBytes }
    package var tls: RelayTLS?
    package weak var offices: (any Offices)?
    let decoySecret: [UInt8]
    let archiveIDs: ArchiveIDs
    private(set) var disco = Disco.Identity()
    /// What the server says of itself besides its features, by the type of the form.
    private var serverForms: [String: DataForm] = [:]

    var halfOpen: HalfOpen
    var throttle = LoginThrottle()
    var disk: DiskWatch
    /// Whether nothing more can be kept: mail is refused until there is room.
    package var isDiskFull: Bool { disk.isFull }
    /// Whether a file of so many bytes fits and leaves to messages what they need.
    package func hasRoom(forFile bytes: Int) -> Bool { disk.hasRoom(forFile: bytes) }
    private var people: [String: Person] = [:]
    private var saveScheduled = false
    private var nextForgetting: UInt64 = 0
    package private(set) var isStopping = false
    /// Called once when the box cannot go on.
    package var stopped: (String) -> Void = { _ in }

    /// Carries out an administrator's request; nil while there is nobody who does.
    package var administrator: Administration.Carrier?

    /// Files of people; nil while the box serves none.
    package private(set) var uploads: UploadBook?

    private(set) lazy var router = Router(relay: self)
    private(set) lazy var messages = MessageRouter(relay: self)
    private(set) lazy var presence = PresenceRouter(relay: self)
    private(set) lazy var subscriptions = Subscriptions(relay: self)
    private(set) lazy var shared = SharedRoster(relay: self)
    private(set) lazy var pubsub = PubSub(relay: self)
    private(set) lazy var avatars = AvatarConversion(relay: self)
    private(set) lazy var capabilities = CapabilityBook(relay: self)
    private(set) lazy var rooms = Rooms(relay: self)
    private(set) lazy var components = Components(settings: settings)
    private(set) lazy var push = PushBook(relay: self)
    let lineDepths = LineDepths()
    private(set) lazy var states = StateBook(relay: self)
    private(set) lazy var directory = Directory(relay: self)
    private(set) lazy var visits = RoomVisits(relay: self)
    /// The number of this box in the names and versions that it gives (its box id).
    package var box: UInt64 = 0

    /// - Parameters:
    ///   - secret: 32 bytes, from which the keys of archive ids and of decoys are derived.
    ///   - directory: of the database, whose disk is watched.
    package init(
        domain: String, store: Store, settings: RelaySettings, eventLoop: any EventLoop, secret: [UInt8],
        directory: String
    ) {
        self.domain = domain
        self.store = store
        self.settings = settings
        self.eventLoop = eventLoop
        decoySecret = Sodium.blake2b(32, Array("decoy".utf8), key: secret)
        archiveIDs = ArchiveIDs(key: Sodium.blake2b(16, Array("archive ids".utf8), key: secret))
        halfOpen = HalfOpen(settings: settings)
        disk = DiskWatch(path: directory)
        for module in Self.extensions { router.register(module) }
        disco = Disco.Identity(features: router.features)
        router.register(rooms)
        router.register(DirectoryService(relay: self))
        _ = shared
        store.accountsChanged = { [unowned self] in
            shared.update()
            self.directory.update()
        }
        store.journal.broken = { [unowned self] error in stop(because: error.description) }
        disk.look()
    }

    /// Every extension, one file each.
    private static let extensions: [Extension] = [
        Administration.module,
        AvatarConversion.module,
        Blocking.module,
        Carbons.module,
        Disco.module,
        EntityTime.module,
        LegacySession.module,
        MessageArchive.module,
        MessageStates.module,
        OfficeLines.module,
        Ping.module,
        PrivateStorage.module,
        PubSub.module,
        Push.module,
        Roster.module,
        Search.module,
        SoftwareVersion.module,
        StableIDs.module,
        VCard.module,
    ]

    /// Shows a form in the server's disco#info from now on. For the time before clients come: their
    /// stream features say a hash of it.
    func announce(_ form: DataForm) {
        serverForms[form.type ?? ""] = form
        disco = Disco.Identity(
            features: router.features,
            forms: serverForms.sorted { $0.key < $1.key }.map(\.value.element))
    }

    /// Takes on an extension that depends on the configuration.
    func add(_ module: Extension) {
        router.register(module)
        disco = Disco.Identity(
            features: router.features,
            forms: serverForms.sorted { $0.key < $1.key }.map(\.value.element))
    }

    /// Gives out upload slots from now on.
    package func offerUploads(_ settings: UploadSettings) {
        let book = UploadBook(relay: self, settings: settings)
        uploads = book
        router.register(HTTPUpload(relay: self, book: book))
    }

    // MARK: People

    func person(_ localpart: String) -> Person? {
        guard let account = store.account(localpart) else { return nil }
        if let known = people[localpart] { return known }
        guard let jid = try? JID(localpart: localpart, domain: domain, resource: nil) else { return nil }
        let person = Person(relay: self, account: account, jid: jid)
        people[localpart] = person
        return person
    }

    /// What somebody is told who writes to an address that nobody has here.
    func absence(of jid: JID) -> StanzaError {
        guard let former = jid.localpart.flatMap({ store.former($0) }) else {
            return StanzaError(.serviceUnavailable, text: "There is no \(jid.bare).")
        }
        var error = StanzaError(.gone, text: "\(jid.bare) has left this office.")
        if let moved = former.movedTo {
            error.text = "\(jid.bare) is \(moved) now."
            error.newAddress = "xmpp:\(moved)"
        }
        return error
    }

    /// Ends every subscription that an account has, so that nobody waits for its presence.
    package func endSubscriptions(of localpart: String) {
        guard let person = person(localpart) else { return }
        shared.update(without: localpart)
        for item in person.roster.items.values {
            guard let contact = try? JID(item.jid) else { continue }
            subscriptions.removeContact(contact, of: person) { _ in }
        }
    }

    func localPerson(_ jid: JID) -> Person? {
        guard jid.domain == domain, let localpart = jid.localpart else { return nil }
        return person(localpart)
    }

    var knownPeople: [Person] { Array(people.values) }
    var onlinePeople: [Person] { people.values.filter { !$0.sessions.isEmpty } }
    package var sessionCount: Int { people.values.reduce(0) { $0 + $1.sessions.count } }
    package var connectedCount: Int {
        people.values.reduce(0) { $0 + $1.sessions.filter(\.isAttached).count }
    }

    /// One session for the technician's eye: no address of its client.
    package struct SessionReport: Sendable {
        package let resource: String
        package let connected: Bool
        package let seconds: Int
    }

    package func sessionReport(of localpart: String) -> [SessionReport] {
        (people[localpart]?.sessions ?? []).map { session in
            let heard = session.connection?.lastHeard ?? session.hibernatingSince ?? Clock.now()
            return SessionReport(
                resource: session.jid.resource ?? "", connected: session.isAttached,
                seconds: Int((Clock.now() - heard) / 1_000))
        }
    }

    package func sessionCount(of localpart: String) -> Int { people[localpart]?.sessions.count ?? 0 }

    /// Whether an address (as text) is in this server's name.
    func isLocal(_ text: String) -> Bool {
        guard let other = (try? JID(text))?.domain else { return false }
        return other == domain || other.hasSuffix("." + domain)
    }

    func office(for other: String) -> Office? { offices?.office(for: other) }

    /// Ends everything of an account that was removed or disabled.
    package func endSessions(of localpart: String, removed: Bool) {
        if removed {
            VCard.withdraw(localpart, relay: self)
            uploads?.accountRemoved()
            pubsub.removed(localpart)
            rooms.forget(localpart + "@" + domain)
            push.accountRemoved()
        }
        guard let person = people[localpart] else { return }
        for session in person.sessions {
            session.isResumable = false
            if let connection = session.connection {
                connection.fail(StreamError(.notAuthorized, text: "This account was closed."))
            } else {
                session.end()
            }
        }
        if removed { people[localpart] = nil }
    }

    // MARK: Time

    /// Starts the relay's timer.
    package func start() {
        guard !isStopping else { return }
        schedule(afterMs: 2_000) {
            self.tick()
            self.start()
        }
    }

    func schedule(afterMs delay: UInt64, _ body: @escaping () -> Void) {
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(delay))) { body() }
    }

    /// Small state (acknowledged entries) is saved soon, not at once: the next batch takes it along.
    func scheduleSave() {
        guard !saveScheduled else { return }
        saveScheduled = true
        schedule(afterMs: 100) {
            self.saveScheduled = false
            self.store.journal.commit({ _ in })
        }
    }

    private func tick() {
        let now = Clock.now()
        disk.look()
        router.expirePending(now: now)
        capabilities.expire(now: now)
        components.expire(now: now)
        push.expire(now: now)
        rooms.payArrears()
        forgetOldCounts(now)
        for connection in halfOpen.expired(now: now) {
            connection.fail(StreamError(.connectionTimeout, text: "Authenticate sooner."))
        }
        let silence = UInt64(settings.silenceSeconds) * 1_000
        for person in onlinePeople {
            for session in person.sessions { check(session, now, silence) }
        }
    }

    /// What ended sessions had taken is known for a day (XEP-0198 §5).
    private func forgetOldCounts(_ now: UInt64) {
        guard now >= nextForgetting else { return }
        nextForgetting = now + 3_600_000
        let service = store.serviceClock.now()
        let day: UInt64 = 86_400_000
        guard service > day else { return }
        store.journal.commit({ try $0.forgetStreamManagement(before: service - day) })
    }

    private func check(_ session: ClientSession, _ now: UInt64, _ silence: UInt64) {
        if let since = session.hibernatingSince {
            if now > since + UInt64(settings.hibernationSeconds) * 1_000 { session.end() }
            return
        }
        guard let connection = session.connection else { return }
        let quiet = now > connection.lastHeard ? now - connection.lastHeard : 0
        if quiet > silence + UInt64(settings.answerSeconds) * 1_000 {
            connection.close()
        } else if quiet > silence, now - session.lastProbed > silence {
            session.lastProbed = now
            session.probe()
        }
    }

    // MARK: The end

    /// Reads what must be there. A roster or a block list that cannot be read is not an empty one: the box
    /// stops instead of going on as if it were.
    func read<T>(_ nothing: T, _ body: () throws -> T) -> T {
        do {
            return try body()
        } catch {
            stop(because: "\(error)")
            return nothing
        }
    }

    /// Something that nobody can repair while running: says why and stops the box.
    func stop(because reason: String) {
        guard !isStopping else { return }
        isStopping = true
        stopped(reason)
    }

    /// Tells every client that the box goes down, and saves what is dirty.
    package func shutDown(then done: @escaping () -> Void) {
        isStopping = true
        rooms.shutDown()
        components.shutDown()
        for person in onlinePeople {
            for session in person.sessions {
                if let connection = session.connection {
                    connection.fail(StreamError(.systemShutdown))
                } else {
                    session.end()
                }
            }
        }
        store.saveClocks { _ in done() }
    }
}

extension ClientSession {
    /// Asks a silent client whether it is there.
    func probe() {
        if management != nil { return write(Element("r", NS.sm)) }
        write(
            Element(
                "iq", NS.client,
                [
                    "type": "get", "id": "alive-" + Token.random(bytes: 6), "from": relay.domain,
                    "to": fullText,
                ],
                [Element("ping", NS.ping)]))
    }
}
