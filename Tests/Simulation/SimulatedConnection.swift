internal import Bundles
internal import Engine

/// A TCP connection between two boxes with a real link engine at each end.
final class SimulatedConnection {
    /// What the sockets on both ends hold at most.
    private static let socketBytes = 64 * 1_024

    private unowned let world: SimulatedWorld
    /// The dialer, then the listener.
    let ends: [SimulatedBox]
    private(set) var engines: [LinkEngine]
    private var isOpen = [true, true]
    private var isStarted = false
    private var underWay = [0, 0]
    private var arrival: [UInt64] = [0, 0]
    private var armed: [UInt64] = [.max, .max]
    /// Bytes have vanished on the way: nothing that comes after them is ever delivered.
    var isBroken = false

    init(_ world: SimulatedWorld, dialer: SimulatedBox, listener: SimulatedBox) {
        self.world = world
        ends = [dialer, listener]
        engines = [
            LinkEngine(
                role: .dialer(remoteLinkKey: listener.key.publicKey), localLink: dialer.key,
                settings: world.deployment.link, now: world.now),
            LinkEngine(
                role: .listener, localLink: listener.key, settings: world.deployment.link, now: world.now),
        ]
        listener.connections.append(self)
        dialer.connections.append(self)
    }

    /// The epochs of the two hellos, by side: what an open bundle counts in.
    private var helloEpochs: [Epoch?] = [nil, nil]
    /// What the engine of each side was told.
    private var peerEpochs: [Epoch?] = [nil, nil]
    /// Open bundles that left their epoch out.
    private var implicit: Set<UInt64> = []

    func said(_ hello: Hello, by box: SimulatedBox) { helloEpochs[side(of: box)] = hello.epoch }
    func heard(_ hello: Hello, by box: SimulatedBox) { peerEpochs[side(of: box)] = hello.epoch }

    /// An open bundle says its epoch only when it is not that of its side's hello.
    func noteOpen(_ content: UInt64, _ box: SimulatedBox) {
        if world.contents[content]?.epoch == helloEpochs[side(of: box)] { implicit.insert(content) }
    }

    /// The epoch in which its reader counts.
    func epoch(ofOpen content: UInt64, for box: SimulatedBox) -> Epoch? {
        implicit.contains(content) ? peerEpochs[side(of: box)] : world.contents[content]?.epoch
    }

    func start() {
        isStarted = true
        for side in [1, 0] { act(side) { $0.start(now: $1) } }
    }

    func side(of box: SimulatedBox) -> Int { box === ends[0] ? 0 : 1 }
    func peer(of box: SimulatedBox) -> SimulatedBox { ends[1 - side(of: box)] }
    func isCounted(for box: SimulatedBox) -> Bool {
        let state = engines[side(of: box)].state
        return isOpen[side(of: box)] && (state == .counted || state == .suspect)
    }
    func isSuspect(for box: SimulatedBox) -> Bool { engines[side(of: box)].state == .suspect }

    /// Calls the engine of one box and carries out what it says.
    func with(_ box: SimulatedBox, _ call: (inout LinkEngine, UInt64) -> [LinkEffect]) {
        act(side(of: box), call)
    }

    private func act(_ side: Int, _ call: (inout LinkEngine, UInt64) -> [LinkEffect]) {
        guard isOpen[side] else { return }
        let effects = call(&engines[side], world.now)
        for effect in effects { perform(effect, side) }
        pump(side)
    }

    private func pump(_ side: Int) {
        while isOpen[side], engines[side].hasOutput, underWay[side] < Self.socketBytes {
            for effect in engines[side].writable(now: world.now) { perform(effect, side) }
        }
        arm(side)
    }

    private func arm(_ side: Int) {
        let next = engines[side].nextTick
        guard isOpen[side], next != .max, next < armed[side] else { return }
        armed[side] = next
        world.after(next > world.now ? next - world.now : 1) { [self] in
            guard armed[side] == next else { return }
            armed[side] = .max
            act(side) { $0.tick(now: $1) }
        }
    }

    private func perform(_ effect: LinkEffect, _ side: Int) {
        guard isOpen[side] else { return }
        switch effect {
        case .send(let bytes):
            transmit(bytes, from: side)
        case .close:
            close(side)
        default:
            ends[side].handle(effect, self)
        }
    }

    private func transmit(_ bytes: [UInt8], from side: Int) {
        underWay[side] += bytes.count
        let delay = world.number(2...60) + UInt64(bytes.count / 100)
        arrival[side] = max(arrival[side], world.now + delay)
        world.after(arrival[side] - world.now) { [self] in
            guard world.line(ends[0], ends[1]) == .up, !isBroken else {
                isBroken = true
                return
            }
            guard isOpen[1 - side] else { return }
            underWay[side] -= bytes.count
            act(1 - side) { $0.receive(bytes, now: $1) }
            pump(side)
        }
    }

    /// One end closes; the other learns of it if the line carries anything.
    func close(_ box: SimulatedBox) { close(side(of: box)) }

    private func close(_ side: Int) {
        guard isOpen[side] else { return }
        end(side)
        let delay = max(world.now + 5, arrival[side]) - world.now
        world.after(delay) { [self] in
            if world.line(ends[0], ends[1]) != .blackHole, !isBroken { end(1 - side) }
        }
    }

    /// The line was cut: both ends see it at once.
    func reset() {
        end(0)
        end(1)
    }

    private func end(_ side: Int) {
        guard isOpen[side] else { return }
        isOpen[side] = false
        ends[side].connections.removeAll { $0 === self }
        ends[side].ended(self)
    }
}
