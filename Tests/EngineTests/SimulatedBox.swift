import Bundles

@testable import Engine

/// One box: memory that a kill takes away, a disk that keeps what was committed, and a journal between.
final class SimulatedBox {
    struct Row {
        let head: ParcelHead
        let message: SimulatedMessage
        let previous: ParcelName?
    }

    struct Held: Equatable {
        let id: UInt64
        let content: UInt64
        let to: Int
        let parcelClass: ParcelClass
    }

    struct Disk {
        var storeID: UInt64
        var epochCounter: UInt32 = 0
        var nextRow: Int64 = 1
        var rows: [Int: [Row]] = [:]
        var received: [Int: [Epoch: RangeSet]] = [:]
        var waiting: [Int: [ParcelName: (parcel: WaitingParcel, message: SimulatedMessage)]] = [:]
        var shown: [SimulatedMessage] = []
        var known: Set<[UInt8]> = []
        var held: [Held] = []
        var nextHeld: UInt64 = 1
        var storeIDs: [Int: UInt64] = [:]
    }

    struct Sent {
        let way: OutboxWay?
        let to: Int
        let names: [ParcelName]
        var heldID: UInt64?
    }

    unowned let world: SimulatedWorld
    let index: Int
    let key: X25519KeyPair
    let forwards: Bool
    var isUp = false
    var life = 0
    /// What is synced.
    var disk: Disk
    /// What the process knows: the disk plus what waits in the journal.
    var truth: Disk
    private var journal: [(change: (inout Disk) -> Void, then: () -> Void)] = []
    private var isCommitting = false

    var connections: [SimulatedConnection] = []
    var sessions: [Int: SimulatedConnection] = [:]
    var dials: [Int: DialSchedule] = [:]
    var outboxes: [Int: Outbox] = [:]
    var receivers: [Int: PeerReceiver] = [:]
    var sent: [UInt64: Sent] = [:]
    var nextToken: UInt64 = 1
    var epoch = Epoch.none
    var lastNumber: [Int: UInt64] = [:]
    var lastName: [String: ParcelName] = [:]
    /// Held bundles that the current sessions carry.
    var heldUnderWay: Set<UInt64> = []
    var outboxSettings = OutboxSettings()
    var armedOutbox: [Int: UInt64] = [:]

    init?(_ world: SimulatedWorld, index: Int, forwards: Bool) {
        let secret = [UInt8](repeating: UInt8(index + 1), count: 32)
        guard let key = try? X25519KeyPair(secret: secret) else { return nil }
        self.world = world
        self.index = index
        self.key = key
        self.forwards = forwards
        disk = Disk(storeID: UInt64(index) << 32 | 1)
        truth = disk
    }

    var boxID: BoxID { BoxID(identityKey: [UInt8(index)]) }
    var peers: [SimulatedBox] { world.boxes.filter { $0 !== self } }

    // MARK: Life

    func start() {
        guard !isUp else { return }
        isUp = true
        life += 1
        disk.epochCounter += 1
        truth = disk
        epoch = Epoch(counter: disk.epochCounter, random: world.random.next())
        for peer in peers {
            outboxes[peer.index] = Outbox(settings: outboxSettings)
            let received = (disk.received[peer.index] ?? [:]).map { ($0.key, $0.value) }
            let waiting = (disk.waiting[peer.index] ?? [:]).values.map(\.parcel)
            receivers[peer.index] = PeerReceiver(storeID: disk.storeID, restored: received, waiting: waiting)
            for row in disk.rows[peer.index] ?? [] {
                lastName["\(peer.index) \(row.message.conversation)"] = row.head.name
            }
            dials[peer.index] = DialSchedule(seed: world.random.next(), now: world.now)
            armDial(peer)
        }
    }

    /// SIGKILL: memory and journal are gone, the sockets close.
    func kill() {
        guard isUp else { return }
        isUp = false
        life += 1
        journal = []
        isCommitting = false
        for connection in connections { connection.close(self) }
        connections = []
        sessions = [:]
        dials = [:]
        outboxes = [:]
        receivers = [:]
        sent = [:]
        lastNumber = [:]
        lastName = [:]
        heldUnderWay = []
        armedOutbox = [:]
    }

    func wipe() {
        kill()
        disk = Disk(storeID: world.random.next(), epochCounter: disk.epochCounter)
    }

    /// Something to do later in this life.
    func later(_ delay: UInt64, _ action: @escaping () -> Void) {
        let current = life
        world.after(delay) { [self] in
            if life == current { action() }
        }
    }

    // MARK: Journal

    /// Changes memory at once, the disk at the next commit, and then runs `then`.
    func change(_ change: @escaping (inout Disk) -> Void, then: @escaping () -> Void = {}) {
        change(&truth)
        journal.append((change, then))
        guard !isCommitting else { return }
        isCommitting = true
        later(world.number(1...5)) { [self] in commit() }
    }

    private func commit() {
        let jobs = journal
        journal = []
        later(world.number(1...20)) { [self] in
            for job in jobs { job.change(&disk) }
            for job in jobs { job.then() }
            if journal.isEmpty { isCommitting = false } else { commit() }
        }
    }

    // MARK: Mail out

    /// A client hands in a message. It is acknowledged when it is on disk, or never.
    func accept(_ message: SimulatedMessage, _ parcelClass: ParcelClass, bytes: Int) {
        guard isUp else { return }
        let number = (lastNumber[message.to] ?? 0) + 1
        lastNumber[message.to] = number
        let name = ParcelName(epoch: epoch, number: number)
        let conversation = "\(message.to) \(message.conversation)"
        let head = ParcelHead(
            name: name, parcelClass: parcelClass, bytes: bytes, rowID: truth.nextRow, expiresAtMs: .max)
        let row = Row(head: head, message: message, previous: lastName[conversation])
        lastName[conversation] = name
        change {
            $0.nextRow += 1
            $0.rows[message.to, default: []].append(row)
        } then: { [self] in
            world.accepted.append(message)
            outboxes[message.to]?.accepted(head)
            plan(message.to)
        }
    }

    /// Deletes what the destination has, after checking that it really has it.
    func deleteAcknowledged(by peer: SimulatedBox, _ acknowledgement: Acknowledgement) {
        let covered = (truth.rows[peer.index] ?? []).map(\.head.name).filter { name in
            acknowledgement.epochs.contains { $0.epoch == name.epoch && $0.numbers.contains(name.number) }
        }
        for name in covered where peer.disk.received[index]?[name.epoch]?.contains(name.number) != true {
            world.violated("\(name) acknowledged before it was synced")
        }
        guard !covered.isEmpty else { return }
        let gone = Set(covered)
        change { $0.rows[peer.index]?.removeAll { gone.contains($0.head.name) } }
    }
}
