internal import Bundles
internal import Engine
package import Storage

/// Files between boxes: those of this box on their way to others, and those of others that come here or
/// are kept. Lives on the event loop; the disk is the files' own thread.
package final class BlobExchange {
    package struct Settings: Sendable {
        /// Bytes of other boxes' files on this disk; one box may fill half of it.
        package var totalBytes = 10 << 30
        /// How long a file may be on its way, and how long a copy stays, milliseconds of service.
        package var transferMs: UInt64 = 14 * 86_400_000
        package var keptMs: UInt64 = 90 * 86_400_000

        package init() {}
    }

    /// Limits, each with its unit: files under way to one box, and files kept of one.
    static let transfersPerPeer = 1_000
    static let replicasPerPeer = 10_000
    /// Questions and refusals that are remembered.
    static let remembered = 1_000

    struct Key: Hashable {
        /// The owner's number in the database.
        let peer: Int64
        let blob: BlobID
    }

    unowned let office: PostOffice
    package let shelf: FileShelf
    package var settings: Settings
    /// Whether the disk has room for a file of so many bytes.
    var hasRoom: (Int) -> Bool
    var outgoing: [BoxID: OutgoingBlobs] = [:]
    var replicas: [Key: Replica] = [:]
    var keptBytes: [Int64: Int] = [:]
    var keptCounts: [Int64: Int] = [:]
    /// Files that are not to be had, and since when that is known, monotonic milliseconds.
    var refusals: [Key: (reason: Refusal, at: UInt64)] = [:]
    /// When their owner was last asked for them.
    var asked: [Key: UInt64] = [:]
    var failures: [Key: Int] = [:]
    var watchers: [Key: [Int: () -> Void]] = [:]
    var lastWatcher = 0
    private var savedAt: UInt64 = 0

    /// Why a file of another box cannot be read here.
    package enum Refusal: Sendable {
        /// Its owner has no such file.
        case absent
        /// A limit, or the disk.
        case noRoom
    }

    /// - Parameter hasRoom: whether a file of so many bytes fits on the disk.
    package init(
        office: PostOffice, shelf: FileShelf, settings: Settings, hasRoom: @escaping (Int) -> Bool
    ) throws(StorageError) {
        self.office = office
        self.shelf = shelf
        self.settings = settings
        self.hasRoom = hasRoom
        try restore()
        office.blobs = self
    }

    private func restore() throws(StorageError) {
        let now = Clocks.monotonic()
        for row in try office.store.replicas() { keep(Replica(row, now: now)) }
        for row in try office.store.reader.transfers() {
            guard let upload = try office.store.upload(id: row.upload), upload.content != nil,
                let box = office.store.box(of: row.peer)
            else {
                office.store.journal.commit({ try $0.removeTransfer(row.blob, peer: row.peer) })
                continue
            }
            let blobs = outgoing(to: box, number: row.peer)
            blobs.files[row.blob] = .init(upload: upload, entered: row.entered)
            blobs.queue.add(
                row.blob, bytes: UInt64(upload.size), acked: row.acked, custody: row.custody, isResumed: true,
                now: now)
        }
    }

    func outgoing(to box: BoxID, number: Int64) -> OutgoingBlobs {
        if let known = outgoing[box] { return known }
        let made = OutgoingBlobs(box: box, number: number)
        outgoing[box] = made
        return made
    }

    /// The ids of copies on the disk, whole or in parts.
    package var replicaIDs: [Int64] { replicas.values.map(\.row.id) }

    // MARK: Time

    /// Called several times a second.
    func tick() {
        let now = Clocks.monotonic()
        for blobs in outgoing.values where !blobs.queue.isEmpty { pump(blobs) }
        guard now >= savedAt + 1_000 else { return }
        savedAt = now
        save()
        for (key, replica) in replicas where !replica.isComplete && replica.receiving.isReportDue(now: now) {
            if let origin = office.peer(number: key.peer) { report(.receiving, replica, to: origin) }
        }
        refusals = refusals.filter { now < $0.value.at + Self.refusalMs }
        asked = asked.filter { now < $0.value + Self.askAgainMs }
    }

    /// How long a refusal counts before the owner is asked again, and the time between two questions.
    static let refusalMs: UInt64 = 15_000
    static let askAgainMs: UInt64 = 5_000

    private func save() {
        for blobs in outgoing.values {
            let number = blobs.number
            for file in blobs.queue.takeChanges() {
                let (id, acked, custody) = (file.id, file.acked, file.custody)
                office.store.journal.commit({
                    try $0.update(transfer: id, peer: number, acked: acked, custody: custody)
                })
            }
        }
    }

    /// Hourly: what has outlived its time goes.
    func expire() {
        let clock = office.store.serviceClock
        for blobs in outgoing.values {
            for (id, file) in blobs.files where clock.age(since: file.entered) > settings.transferMs {
                office.note("a file did not arrive in time and is not sent any more", name(blobs))
                end(id, blobs)
            }
        }
        for replica in replicas.values {
            let age = clock.age(since: replica.row.entered)
            let limit =
                replica.isComplete ? replica.row.lifetime : min(replica.row.lifetime, settings.transferMs)
            if age > limit { discard(replica) }
        }
    }

    func name(_ blobs: OutgoingBlobs) -> String? { office.peers[blobs.box]?.office.name }

    /// A box's store is a new one: what it had taken for others is gone.
    func storeChanged(of hub: BoxID) {
        for blobs in outgoing.values { blobs.queue.custodyLost() }
    }

    // MARK: Status

    package var status: [BlobStatus] {
        let now = Clocks.monotonic()
        var all: [BlobStatus] = []
        for blobs in outgoing.values {
            guard let peer = name(blobs) else { continue }
            for file in blobs.queue.files.values {
                all.append(
                    BlobStatus(
                        peer: peer, isOutgoing: true, size: file.bytes, done: file.done,
                        left: min(file.bytes - file.done, UInt64(file.custodyBytes)),
                        rate: blobs.files[file.id]?.rate.bytesPerSecond(now: now) ?? 0))
            }
        }
        for (key, replica) in replicas where !replica.isComplete {
            guard let peer = office.peer(number: key.peer)?.office.name else { continue }
            all.append(
                BlobStatus(
                    peer: peer, isOutgoing: false, size: replica.receiving.bytes,
                    done: replica.receiving.done,
                    left: 0, rate: replica.rate.bytesPerSecond(now: now)))
        }
        return all.sorted {
            ($0.peer, $0.isOutgoing ? 0 : 1, $0.size, $0.done) < (
                $1.peer, $1.isOutgoing ? 0 : 1, $1.size, $1.done
            )
        }
    }
}

/// How far one file has come, for `status`: no name, as a technician is not its reader.
package struct BlobStatus: Sendable {
    package let peer: String
    package let isOutgoing: Bool
    /// Bytes: of the file, at its destination, and with hubs beyond that.
    package let size: UInt64
    package let done: UInt64
    package let left: UInt64
    /// Bytes per second over the last ten seconds.
    package let rate: Int
}
