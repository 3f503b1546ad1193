import Bundles
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import XMPP

@testable import Carriers
@testable import Engine
@testable import Storage

/// What everybody outside knows of the office at one instant: what it has promised, and what it was told.
struct Ledger: Sendable {
    /// Messages of the clerk to the other office that were begun, and those acknowledged to the clerk.
    var begun = 0
    var accepted: Set<Int> = []
    /// Those that the other office has, or that an administrator dropped: they may leave the outbox.
    var released: Set<Int> = []
    /// Messages of the other office: sealed so far, and those whose receipt it was told.
    var sealed = 0
    var acknowledged: Set<UInt64> = []
    /// The newest epoch that was drawn.
    var epoch: Epoch?
}

/// The event loop and writer of these tests.
enum LossyLoop {
    static let loop: any EventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
    static var executor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }
    static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()
}

/// The post office of `interior.gov.test` with a clerk, on a disk that may lose what was not synced.
final class LossyOffice {
    static let identities = Mutex<(own: BoxIdentity, other: BoxIdentity)?>(nil)
    let directory: String
    let own: BoxIdentity
    let other: BoxIdentity
    let office: PostOffice
    /// Set by the first failure that must stop the box.
    private(set) var stopped: String?
    private let archivist = Archivist()

    static func makeDirectory() throws -> String {
        var template = Array("/tmp/dakghar-lossy-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw StorageError.broken(code: errno, text: "no test directory")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// One pair for all tests: making keys is slow, and nothing here turns on them.
    private static func pair() throws -> (own: BoxIdentity, other: BoxIdentity) {
        try identities.withLock { known in
            if let known { return known }
            let made = (
                own: try BoxIdentity.generate(name: "interior", domain: "interior.gov.test"),
                other: try BoxIdentity.generate(name: "finance", domain: "finance.gov.test")
            )
            known = made
            return made
        }
    }

    init(_ directory: String) throws {
        self.directory = directory
        (own, other) = try Self.pair()
        guard let cipher = PayloadCipher(key: [UInt8](repeating: 7, count: 32)) else {
            throw StorageError.damaged("no cipher")
        }
        let store = try Store(
            path: directory + "/box.db", cipher: cipher, eventLoop: LossyLoop.loop, pool: LossyLoop.pool,
            wallFloor: 0)
        office = try PostOffice(store: store, identity: own, eventLoop: LossyLoop.loop, settings: .init())
        archivist.store = store
        office.correspondent = archivist
        store.journal.broken = { [weak self] error in self?.stop(error.description) }
        office.broken = { [weak self] text in self?.stop(text) }
        try office.setPeers([
            PeerEntry(card: try other.card(addresses: []), addresses: [], upstream: false, direct: true)
        ])
    }

    private func stop(_ text: String) { stopped = stopped ?? text }

    /// - Throws: `StorageError.damaged` when the other office is not in the list.
    func peer() throws -> Peer {
        guard let peer = office.peers[other.boxID] else { throw StorageError.damaged("not listed") }
        return peer
    }

    /// The clerk, whose archive everything goes to.
    func addClerk() {
        office.store.addAccount(localpart: "clerk", admin: false, sha1: [1], sha256: [1]) { _ in }
    }

    // MARK: Steps

    /// The clerk writes message `number`; `done` says whether it was acknowledged.
    func accept(_ number: Int, then done: @escaping (Bool) -> Void) throws {
        let (clerk, minister) = (try JID("clerk@interior.gov.test"), try JID("minister@finance.gov.test"))
        let stanza = Self.message(from: clerk, to: minister, body: "\(number)")
        guard let target = office.office(for: "finance.gov.test") else { return done(false) }
        var kept = KeptStanza(id: office.store.takeID(), time: office.store.wallNow(), bytes: stanza)
        let reference = try office.parcel(
            to: target, sender: clerk, recipient: minister, importance: .chat, size: stanza.count,
            id: kept.id, time: kept.time)
        kept.outbox = reference
        kept.archives = [.init(account: 1, peer: try office.store.number(of: "\(minister)"), incoming: false)]
        office.store.keep(kept) { error in
            if error == nil { self.office.committed(reference) }
            done(error == nil)
        }
    }

    /// These messages of the minister come in one bundle; each names the one before it.
    func receive(_ numbers: [UInt64]) throws {
        let epoch = Epoch(counter: 1, random: 1)
        let key = office.identity.newestSealingKey
        let parcels = numbers.map { number in
            Parcel.mail(
                number: number, previous: number == 1 ? .none : .sameEpoch(number - 1), acceptedMs: 1_000,
                stanza: Self.message(
                    from: "minister@finance.gov.test", to: "clerk@interior.gov.test", body: "\(number)"))
        }
        let header = BundleHeader(
            class: .chat, isLive: false, origin: other.boxID, destination: own.boxID, epoch: epoch,
            sealingKeyID: key.id, lifetimeSeconds: 3_600)
        let bytes = try Bundle.seal(
            header, groups: [parcels], sender: other.link, recipientSealingKey: key.pair.publicKey)
        office.received(
            ReceivedBundle(number: 1, header: header, heldSeconds: 0, bytes: bytes),
            on: LinkConnection(office: office, peer: try peer()))
    }

    /// Numbers of the minister's messages that this office acknowledges.
    func acknowledged() throws -> Set<UInt64> {
        Set(try peer().receiver.acknowledgement.epochs.flatMap(\.numbers.ranges).flatMap { Array($0) })
    }

    /// Waits until what was committed before is on the disk, or the office has stopped.
    func settle(isolation: isolated (any Actor)? = #isolation) async {
        for _ in 0..<4 {
            let done = Latch()
            office.store.journal.commit({ _ in }) { _ in done.open() }
            while !done.isOpen, stopped == nil {
                await withCheckedContinuation { turn in LossyLoop.loop.execute { turn.resume() } }
            }
        }
    }

    // MARK: What is there

    /// Numbers of the clerk's messages that wait, and the rows they wait in.
    func waiting() throws -> [(number: Int, row: OutboxRow)] {
        var found: [(number: Int, row: OutboxRow)] = []
        for row in try office.store.reader.outboxPage(peer: peer().office.number, after: 0, limit: 10_000)
        where row.kind == .mail {
            guard let bytes = try office.store.payload(row.id), let number = Self.number(bytes) else {
                throw StorageError.damaged("an entry of the outbox without its message")
            }
            found.append((number, row))
        }
        return found
    }

    /// Numbers of the archived messages in their order.
    func archive(incoming: Bool) throws -> [Int] {
        var query = ArchiveQuery()
        query.limit = 10_000
        return try office.store.archivePage(account: 1, query).entries.filter { $0.incoming == incoming }
            .compactMap { Self.number($0.bytes) }
    }

    private static func message(
        from: some CustomStringConvertible, to: some CustomStringConvertible, body: String
    ) -> [UInt8] {
        Array(
            "<message xmlns='jabber:client' from='\(from)' to='\(to)'><body>\(body)</body></message>".utf8)
    }

    private static func number(_ stanza: [UInt8]) -> Int? {
        guard let message = try? StreamParser.parse(stanza) else { return nil }
        return message.child("body", NS.client).flatMap { Int($0.text) }
    }
}

/// A flag that a completion sets.
private final class Latch: Sendable {
    private let state = Mutex(false)
    var isOpen: Bool { state.withLock { $0 } }
    func open() { state.withLock { $0 = true } }
}

/// Archives what comes for the clerk, as the relay does.
private final class Archivist: Correspondent {
    weak var store: Store?

    func arrived(
        mail stanza: Element, from sender: JID, to recipient: JID, acceptedMs: UInt64
    ) -> MailArrival {
        guard let store else { return .unwanted }
        var kept = KeptStanza(id: store.takeID(), time: store.wallNow(), bytes: stanza.serialized())
        do {
            let peer = try store.number(of: sender.bare.description)
            kept.archives = [.init(account: 1, peer: peer, incoming: true)]
        } catch {
            return .unwanted
        }
        store.keep(kept) { _ in }
        return .settled
    }

    func arrived(live stanza: Element, from sender: JID, to recipient: JID) {}
    func registerChanged(_ key: String, value: [UInt8], of office: Office) {}
    func keptValue(_ key: String, for office: Office) -> [UInt8] { [] }
    func officeChanged(_ office: Office) {}
    func announceRegisters(to office: Office) {}
    func officeForgotten(_ office: Office) {}
    func ended(mail stanza: [UInt8], id: Int64, to office: Office, because end: MailEnd) {}
    var watchesStates: Bool { false }
    func statesChanged(_ ids: [Int64]) {}
    func corrected(_ row: MessageStateRow, to state: MessageState, by office: Office) {}
}
