internal import Bundles
internal import Engine

/// One box: memory that a kill takes away, a disk that keeps what was committed, and a journal between.
package final class SimulatedBox {
    struct Sent {
        let way: OutboxWay?
        let to: Int
        let names: [ParcelName]
        var heldID: UInt64?
    }

    /// What a kill takes away.
    struct Memory {
        var outboxes: [Int: Outbox] = [:]
        var receivers: [Int: PeerReceiver] = [:]
        var names: [Int: GivenNames] = [:]
        var ownEpochs: Set<Epoch> = []
        var lastName: [SimulatedConversation: ParcelName] = [:]
        var epoch = Epoch.none
        /// Service time at the start, and when that was.
        var serviceBase: UInt64 = 0
        var startedAt: UInt64 = 0
        var clock = ClockFloor(floorMs: 0, machineMs: 0, monotonicMs: 0)
        var lastWall: UInt64 = 0
        var holdsUnderWay = 0
        var reachPace = ReachPace()
    }

    unowned let world: SimulatedWorld
    let index: Int
    let key: X25519KeyPair
    let forwards: Bool
    let isLiar: Bool
    let boxID: BoxID
    /// Boxes with a line to this one, and all that it exchanges mail with or for.
    var neighbours: [SimulatedBox] = []
    var peers: [SimulatedBox] = []
    /// Places in this list; hubs have a thousand.
    var isPeer: Set<Int> = []

    private(set) var isUp = false
    var life = 0
    /// What is synced.
    var disk: SimulatedDisk
    /// What the process knows: the disk plus what waits in the journal.
    var truth: SimulatedDisk
    private var journal: [(change: (inout SimulatedDisk) -> Void, then: () -> Void)] = []
    private var isCommitting = false

    var connections: [SimulatedConnection] = []
    var sessions: [Int: SimulatedConnection] = [:]
    var dials: [Int: DialSchedule] = [:]
    var memory = Memory()
    var sent: [UInt64: Sent] = [:]
    var nextToken: UInt64 = 1
    /// Held bundles that the current sessions carry.
    var heldUnderWay: Set<UInt64> = []
    /// Those that a full destination refused; it is asked again later.
    var heldRefusedBy: [Int: Set<UInt64>] = [:]
    var armedOutbox: [Int: UInt64] = [:]
    /// Whom each hub says that it reaches, and since which report.
    var reach: [Int: (report: UInt64, boxes: Set<Int>)] = [:]
    var outboxSettings = OutboxSettings()
    var receiveSettings = ReceiveSettings()
    /// Bundles of one origin that it keeps for others.
    var transitLimit = 1_000_000
    var isDiskFull = false
    /// A copy of it went on running: its names of that run may have been given twice.
    var hasRunTwice = false
    /// Another disk took the place of this box's: it forgot what it had shown.
    var hasForgotten = false
    /// Origins to be told, as soon as there is a way, what has arrived.
    var owedAcknowledgements: Set<Int> = []
    var isReporting = false
    /// The machine's clock against the right time, milliseconds.
    var wallOffset: Int64 = 0
    /// Without one the machine's clock begins in 1970 at every start.
    var hasBattery = true
    /// Milliseconds that it has run, and since when it runs now.
    private var ranMs: UInt64 = 0
    private var upSince: UInt64?
    var lastReport: UInt64 = 0
    var savedDisk: SimulatedDisk?
    var savedRun: (memory: Memory, disk: SimulatedDisk)?

    init?(_ world: SimulatedWorld, index: Int, forwards: Bool, isLiar: Bool = false) {
        let low = UInt8(truncatingIfNeeded: index)
        let high = UInt8(truncatingIfNeeded: index >> 8)
        let secret = [low, high] + [UInt8](repeating: 7, count: 30)
        guard let key = try? X25519KeyPair(secret: secret) else { return nil }
        self.world = world
        self.index = index
        self.key = key
        self.forwards = forwards
        self.isLiar = isLiar
        boxID = BoxID(identityKey: [low, high])
        disk = SimulatedDisk(storeID: UInt64(index) << 32 | 1)
        truth = disk
    }

    /// Milliseconds that it has run in all its lives.
    var inServiceMs: UInt64 { ranMs + (upSince.map { world.now - $0 } ?? 0) }

    var serviceNow: UInt64 { memory.serviceBase + (world.now - memory.startedAt) }

    // MARK: Life

    func start() {
        guard !isUp else { return }
        isUp = true
        upSince = world.now
        life += 1
        disk.epoch = Epoch.drawing(above: disk.epoch, using: &world.random)
        truth = disk
        memory = Memory()
        memory.epoch = disk.epoch
        memory.ownEpochs = [disk.epoch]
        memory.startedAt = world.now
        memory.serviceBase = disk.service
        startClock()
        for peer in peers { restore(peer) }
        for neighbour in neighbours {
            dials[neighbour.index] = DialSchedule(
                settings: world.deployment.dial, seed: world.random.next(), now: world.now)
            armDial(neighbour)
        }
        keepHouse()
        if isLiar { lie() }
    }

    private func restore(_ peer: SimulatedBox) {
        memory.outboxes[peer.index] = Outbox(settings: outboxSettings)
        memory.names[peer.index] = GivenNames()
        let received = (disk.received[peer.index] ?? [:]).map { ($0.key, $0.value) }
        let waiting = (disk.waiting[peer.index] ?? [:]).values.map { entry in
            WaitingParcel(mail: entry.parcel.mail, sinceMs: world.now)
        }
        memory.receivers[peer.index] = PeerReceiver(
            storeID: disk.storeID, restored: received.sorted { $0.0 < $1.0 },
            waiting: waiting.sorted { $0.mail.name < $1.mail.name }, settings: receiveSettings)
        let rows = disk.rows[peer.index] ?? []
        for row in rows {
            if let message = row.message { memory.lastName[SimulatedConversation(message)] = row.head.name }
        }
        let left = rows.compactMap { row in row.leftBy.map { (row: row.head.rowID, hub: $0) } }
        if !left.isEmpty { memory.outboxes[peer.index]?.restored(taken: left, now: world.now) }
    }

    /// SIGKILL: memory and journal are gone, the sockets close.
    func kill() {
        guard isUp else { return }
        isUp = false
        ranMs = inServiceMs
        upSince = nil
        forgetRun()
        memory = Memory()
    }

    /// The machine runs again, with a memory that its owner puts in.
    func resume() {
        isUp = true
        upSince = world.now
    }

    /// Everything that hangs on this run of the process and on its sockets.
    func forgetRun() {
        life += 1
        journal = []
        isCommitting = false
        for connection in connections { connection.close(self) }
        connections = []
        sessions = [:]
        dials = [:]
        sent = [:]
        heldUnderWay = []
        heldRefusedBy = [:]
        armedOutbox = [:]
        reach = [:]
        isReporting = false
        owedAcknowledgements = []
    }

    /// Something to do later in this life.
    func later(_ delay: UInt64, _ action: @escaping () -> Void) {
        let current = life
        world.after(delay) { [self] in
            if life == current { action() }
        }
    }

    // MARK: Journal

    var isJournalIdle: Bool { journal.isEmpty && !isCommitting }

    /// Changes memory at once, the disk at the next commit, and then runs `then`.
    func change(_ change: @escaping (inout SimulatedDisk) -> Void, then: @escaping () -> Void = {}) {
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
            disk.service = serviceNow
            for job in jobs { job.then() }
            if journal.isEmpty { isCommitting = false } else { commit() }
        }
    }
}
