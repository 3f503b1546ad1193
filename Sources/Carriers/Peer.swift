package import Bundles
internal import Engine
internal import NIOCore
internal import Storage

/// A peer as the configuration lists it.
package struct PeerEntry: Sendable, Equatable {
    package let card: Card
    /// Where to dial, `host:port`; empty when it is never dialed.
    package let addresses: [String]
    package let upstream: Bool
    /// False: never dialed nor taken directly.
    package let direct: Bool
    package let replicas: Replicas

    /// Of whom it keeps contact cards and nodes (design §6).
    package enum Replicas: Sendable {
        /// Of everybody here.
        case all
        /// Of those with whom somebody there has to do.
        case contacts
    }

    package init(
        card: Card, addresses: [String], upstream: Bool, direct: Bool, replicas: Replicas = .all
    ) {
        self.card = card
        self.addresses = direct ? addresses : []
        self.upstream = upstream
        self.direct = direct
        self.replicas = replicas
    }
}

/// One peer of this box while it runs: its sessions, its queue and what has come from it.
final class Peer {
    private(set) var entry: PeerEntry
    /// Its place in the configured list.
    var place = 0
    let office: Office
    let box: BoxID
    var dial: DialSchedule
    /// The session that counts.
    var session: LinkConnection?
    /// The attempts under way, oldest first: `attemptLimit` at most.
    var attempts: [LinkConnection] = []
    /// Bytes a second that its line took when last measured.
    var measuredRate: Int?
    /// Whether the last session was dialed by the peer; nil before the first.
    var wasDialedByPeer: Bool?
    /// Until when this box leaves dialing to the peer, monotonic milliseconds.
    var leavesDialingUntil: UInt64 = 0
    /// The key that the peer said it seals for, in its last hello.
    var sealsFor: UInt32?
    private var nextAddress = 0

    var outbox: Outbox
    var receiver: PeerReceiver
    /// Waiting mail by name: what the receiver will release.
    var waiting: [ParcelName: WaitingMail] = [:]
    /// Contents that were delivered in batches that are not synced yet.
    var unsyncedContents: Set<[UInt8]> = []
    var lastOfConversation: [Conversation: ParcelName] = [:]
    var names = GivenNames()
    /// The highest of its epochs that this box has heard of.
    var knownEpoch: Epoch
    /// The store that it had when last heard.
    var knownStore: UInt64?
    /// The store of its last restore after which mail was offered again, and how many there were in this life.
    var reoffered: UInt64?
    var reoffers = 0
    /// The key to seal for, and its id.
    var sealingKey: (id: UInt32, key: [UInt8])
    /// Boxes that this peer, a hub, says it reaches now.
    var reach: Set<BoxID> = []
    /// How fast their lines are, in bytes a second, where it says so.
    var reachRates: [BoxID: Int] = [:]
    /// The rate of its line as others have been told, as a power of two.
    var toldRate: UInt8 = 0
    /// What we have told it, by register; told again whenever its way comes up.
    var registers: [String: OwnRegister] = [:]
    /// Kept registers that it is to have, without their values.
    var told: [String: ToldRegister] = [:]
    /// Whether `told` names all nodes that it should keep.
    var isIndexWhole = false
    /// Parts of an index, and questions, that the session had no room for: 16 of each at most.
    var unsentOnce: [String: [UInt8]] = [:]
    /// Bytes of its kept registers on this disk.
    var keptSizes: [String: Int] = [:]
    var keptBytes = 0
    /// Hashes of their values, as far as they are known.
    var keptDigests: [String: UInt64] = [:]
    /// Values that are not on the disk yet.
    var keptUnsynced: [String: [UInt8]] = [:]
    /// Versions of its registers, newest only.
    var heardVersions: [String: RegisterVersion] = [:]
    /// Bytes of its registers in the relay's memory, by key.
    var heardSizes: [String: Int] = [:]
    var heardBytes = 0
    var acknowledgementDue: UInt64?
    /// What is known of its mail's numbers, for its receipts.
    var receipts = MailNumbers()
    /// When to send them, and when they may go again to a hub that keeps them; monotonic milliseconds.
    var receiptsDue: UInt64?
    var receiptsStoredUntil: UInt64 = 0
    /// What it has told of this box's mail in this life: only what is new is looked at.
    var receiptsHeard = MailReceipts()
    /// When to tell the registers that found no room.
    var registersDue: UInt64?
    /// The sealing key in its register.
    var announcedKey: UInt32?
    /// Whether its session takes bundles for others.
    var forwards = false
    /// How far its session has come with what is kept here for it; nil before the database was asked.
    var transit: TransitStreams?
    /// It has no room for what is kept here for it; asked again a little later.
    var isTransitPaused = false
    var isDrainScheduled = false

    /// Wall milliseconds of the last change between up and down.
    var since: UInt64
    var wasReachable = false

    struct Conversation: Hashable {
        let sender: Int64
        let recipient: Int64
    }

    struct WaitingMail {
        let payload: Int64
        let accepted: UInt64
        let bytes: [UInt8]
    }

    struct OwnRegister {
        var version: UInt64
        var value: [UInt8]
        var isTold: Bool
    }

    /// A kept register on its way to the peer.
    struct ToldRegister {
        /// Tells values apart; empty when there is none any more.
        let tag: [UInt8]
        let version: UInt64
        var progress: Progress

        enum Progress {
            /// The peer may have it; it says so when it has not.
            case offered
            case due
            case sent
            case taken
        }
    }

    struct RegisterVersion: Comparable {
        let epoch: Epoch
        let counter: UInt64

        static func < (left: Self, right: Self) -> Bool {
            (left.epoch, left.counter) < (right.epoch, right.counter)
        }
    }

    init(
        entry: PeerEntry, number: Int64, receiver: PeerReceiver, outbox: OutboxSettings,
        dial: DialSchedule.Settings,
        wall: UInt64, now: UInt64
    ) {
        self.entry = entry
        box = entry.card.boxID
        office = Office(name: entry.card.name, domain: entry.card.domain, number: number)
        self.receiver = receiver
        self.outbox = Outbox(settings: outbox)
        self.dial = DialSchedule(settings: dial, seed: UInt64.random(in: 0...UInt64.max), now: now)
        knownEpoch = .none
        sealingKey = (SealingKey.id(of: entry.card.sealingKey), entry.card.sealingKey)
        since = wall
    }

    /// Takes over addresses and flags of a changed configuration.
    func update(_ entry: PeerEntry) {
        if entry.addresses != self.entry.addresses { leavesDialingUntil = 0 }
        self.entry = entry
    }

    func closeAttempts() {
        let ending = attempts
        attempts = []
        for attempt in ending { attempt.close() }
    }

    /// The addresses in turn, one an attempt.
    func takeAddress() -> (host: String, port: Int)? {
        guard !entry.addresses.isEmpty else { return nil }
        let text = entry.addresses[nextAddress % entry.addresses.count]
        nextAddress += 1
        guard let split = CardFields.splitAddress(text) else { return nil }
        return (split.host, Int(split.port))
    }
}

/// A peer's state for `status` and `peer list`.
package struct PeerStatus: Sendable {
    package let name: String
    package let domain: String
    package let fingerprint: String
    package let addresses: [String]
    package let upstream: Bool
    package let direct: Bool
    /// "up", "degraded" or "down".
    package let state: String
    /// "direct", "via:HUB" or nil.
    package let way: String?
    /// Bytes a second that the way takes from here, as measured; nil when unknown.
    package let rate: Int?
    /// Milliseconds there and back, over the first hop of the way; nil when unknown.
    package let roundTripMs: UInt64?
    /// Wall milliseconds.
    package let since: UInt64
    package let number: Int64
}
