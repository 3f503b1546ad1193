internal import Bundles

/// The bad luck of a simulated organisation.
struct Trouble {
    let world: SimulatedWorld
    private var deployment: Deployment { world.deployment }

    init(_ world: SimulatedWorld) { self.world = world }

    func cause() {
        for _ in 0..<world.number(deployment.faults) {
            world.after(world.number(0...deployment.troubleMs - 1)) { strike() }
        }
        for _ in 0..<world.number(deployment.sticks) {
            world.after(world.number(0...deployment.troubleMs - 1)) {
                let from = anyBox()
                guard !from.isLiar,
                    let to = from.peers.filter({ !$0.isLiar }).randomElement(using: &world.random)
                else { return }
                from.carryStick(to: to)
            }
        }
    }

    /// The end of all trouble.
    func mend() {
        world.isMended = true
        world.lines = [:]
        for box in world.boxes {
            box.isDiskFull = false
            box.transitLimit = 1_000_000
            box.start()
            // A time service is there again; who has none has to believe its peers.
            if box.hasBattery { box.wallOffset = Int64(world.number(0...4_000)) - 2_000 }
            for peer in box.peers { box.letGo(peer.index) }
        }
    }

    private func anyBox() -> SimulatedBox {
        world.boxes[Int(world.number(0...UInt64(world.boxes.count - 1)))]
    }

    private func strike() {
        guard !world.isMended else { return }
        switch world.number(0...113) {
        case 0..<22: change(to: .cut)
        case 22..<38: change(to: .blackHole)
        case 38..<52: change(to: .up)
        case 52..<68: restart(anyBox())
        case 68..<72: loseEverything()
        case 72..<80: copyDisk(anyBox())
        case 80..<84: copyRun(anyBox())
        case 84..<92: fillDisk(anyBox())
        case 92..<95: fillHub()
        case 95..<103: anyBox().jumpClock()
        case 103..<107: holdBack(anyBox())
        case 107..<109: dropSome(anyBox())
        default: dialAgain(anyBox())
        }
    }

    private func change(to line: SimulatedWorld.Line) {
        guard let wire = world.wires.randomElement(using: &world.random) else { return }
        world.lines[wire] = line
        guard line == .cut else { return }
        for connection in world.boxes[wire.low].connections
        where connection.peer(of: world.boxes[wire.low]).index == wire.high {
            connection.reset()
        }
    }

    private func startLater(_ box: SimulatedBox) {
        world.after(world.number(10...deployment.troubleMs / 6)) { box.start() }
    }

    private func restart(_ box: SimulatedBox) {
        guard box.isUp else { return }
        world.ledger.counts.crashes += 1
        box.kill()
        startLater(box)
    }

    /// Mostly a hub: what it loses is only what others still have.
    private func loseEverything() {
        let box = world.chance(70) ? world.boxes[deployment.offices] : anyBox()
        guard !box.isLiar else { return }
        box.wipe()
        startLater(box)
    }

    private func copyDisk(_ box: SimulatedBox) {
        guard !box.isLiar else { return }
        box.saveDisk()
        world.after(world.number(1_000...deployment.troubleMs / 3)) {
            guard !world.isMended else { return }
            box.putDiskBack()
            startLater(box)
        }
    }

    private func copyRun(_ box: SimulatedBox) {
        guard !box.isLiar, !box.forwards else { return }
        box.saveRun()
        world.after(world.number(1_000...deployment.troubleMs / 3)) {
            guard !world.isMended else { return }
            box.resumeSavedRun()
        }
    }

    private func fillDisk(_ box: SimulatedBox) {
        box.isDiskFull = true
        world.after(world.number(1_000...deployment.troubleMs / 8)) { box.isDiskFull = false }
    }

    private func fillHub() {
        let hub = world.boxes[deployment.offices]
        hub.transitLimit = Int(world.number(0...4))
        world.after(world.number(1_000...deployment.troubleMs / 4)) { hub.transitLimit = 1_000_000 }
    }

    private func someClass() -> ParcelClass? {
        [nil, .urgent, .chat, .bulk].randomElement(using: &world.random) ?? nil
    }

    private func holdBack(_ box: SimulatedBox) {
        guard !box.isLiar, let peer = box.peers.randomElement(using: &world.random) else { return }
        box.hold(peer.index, someClass())
        world.after(world.number(1_000...deployment.troubleMs / 4)) { box.letGo(peer.index) }
    }

    private func dropSome(_ box: SimulatedBox) {
        guard !box.isLiar, let peer = box.peers.randomElement(using: &world.random) else { return }
        box.drop(peer.index, someClass())
    }

    private func dialAgain(_ box: SimulatedBox) {
        guard box.isUp, let peer = box.neighbours.randomElement(using: &world.random) else { return }
        box.dial(peer)
    }
}
