import Bundles
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import Storage
import XMPP

@testable import Carriers
@testable import Engine

/// Event loop and writer that every suite here runs on: suites are actors whose executor is that loop.
enum OfficeLoop {
    static let loop: any EventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
    static var executor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }
    static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()
}

/// The post office of `interior.gov.test` on a database of its own, and identities of other boxes that
/// write to it without a network.
final class OfficeBench {
    let directory: String
    let identity: BoxIdentity
    private(set) var office: PostOffice
    private(set) var relay = RecordingRelay()

    init(own: BoxIdentity? = nil) throws {
        var template = Array("/tmp/dakghar-office-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw StorageError.broken(code: errno, text: "no test directory")
        }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        identity = try own ?? .generate(name: "interior", domain: "interior.gov.test", nowMs: Clocks.wall())
        office = try Self.open(directory, identity)
        relay.office = office
        office.correspondent = relay
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private static func open(_ directory: String, _ identity: BoxIdentity) throws -> PostOffice {
        guard let cipher = PayloadCipher(key: [UInt8](repeating: 7, count: 32)) else {
            throw StorageError.damaged("no cipher")
        }
        let store = try Store(
            path: directory + "/box.db", cipher: cipher, eventLoop: OfficeLoop.loop, pool: OfficeLoop.pool,
            wallFloor: 0)
        return try PostOffice(
            store: store, identity: identity, eventLoop: OfficeLoop.loop, settings: .init())
    }

    /// The process ends and starts again.
    func restart() throws {
        office = try Self.open(directory, identity)
        relay = RecordingRelay()
        relay.office = office
        office.correspondent = relay
    }

    func list(_ boxes: [BoxIdentity]) throws {
        try office.setPeers(
            boxes.map {
                PeerEntry(card: try $0.card(addresses: []), addresses: [], upstream: false, direct: true)
            })
    }

    func peer(_ box: BoxIdentity) throws -> Peer {
        guard let peer = office.peers[box.boxID] else { throw StorageError.damaged("not listed") }
        return peer
    }

    /// A bundle comes from `box`, sealed by it, over a session of its own or of `carrier`.
    func receive(
        _ parcels: [Parcel], from box: BoxIdentity, epoch: Epoch = Epoch(counter: 1, random: 1),
        for destination: BoxID? = nil, lifetime: UInt64 = 3_600, held: UInt64 = 0
    ) throws {
        let header = BundleHeader(
            class: .chat, isLive: false, origin: box.boxID, destination: destination ?? identity.boxID,
            epoch: epoch, sealingKeyID: office.identity.newestSealingKey.id, lifetimeSeconds: lifetime)
        let bytes = try Bundle.seal(
            header, groups: [parcels], sender: box.link,
            recipientSealingKey: office.identity.newestSealingKey.pair.publicKey)
        office.received(
            ReceivedBundle(number: 1, header: header, heldSeconds: held, bytes: bytes),
            on: LinkConnection(office: office, peer: try peer(box)))
    }

    /// An open bundle comes over the session of `box`.
    func receiveOpen(
        _ parcels: [Parcel], from box: BoxIdentity, epoch: Epoch? = Epoch(counter: 1, random: 1)
    ) throws {
        let bytes = try OpenBundle.encode([parcels], isLive: false, epoch: epoch)
        office.received(
            ReceivedOpenBundle(number: 1, bytes: bytes),
            on: LinkConnection(office: office, peer: try peer(box)))
    }

    /// Waits until everything that was committed before is on the disk.
    func settle(isolation: isolated (any Actor)? = #isolation) async {
        for _ in 0..<3 {
            await withCheckedContinuation { done in
                office.store.journal.commit({ _ in }) { _ in done.resume() }
            }
        }
    }
}

/// Archives what comes, as the relay does, and remembers it.
final class RecordingRelay: Correspondent {
    private(set) var mail: [String] = []
    private(set) var refusals = 0
    weak var office: PostOffice?
    var isDiskFull = false

    func arrived(
        mail stanza: Element, from sender: JID, to recipient: JID, acceptedMs: UInt64
    ) -> MailArrival {
        let text = stanza.child("body", NS.client)?.text ?? ""
        let isFull = isDiskFull
        office?.store.journal.commit({ _ in if isFull { throw StorageError.full } }) { error in
            if error == nil { self.mail.append(text) } else { self.refusals += 1 }
        }
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

extension Parcel {
    /// Mail from minister@finance.gov.test to clerk@interior.gov.test.
    static func note(
        _ number: UInt64, after previous: Previous = .none, from: String = "minister@finance.gov.test",
        accepted: UInt64 = 1_000
    ) -> Parcel {
        .mail(
            number: number, previous: previous, acceptedMs: accepted,
            stanza: Array(
                "<message xmlns='jabber:client' from='\(from)' to='clerk@interior.gov.test'><body>\(number)</body></message>"
                    .utf8))
    }
}
