internal import Bundles
internal import Engine

/// A machine's wall clock, which jumps, and the box's own, which never runs backwards.
extension SimulatedBox {
    enum ClockFault: CaseIterable {
        /// A correction by a time service, four minutes at most.
        case step
        case right
        case aYearAhead
        case backTo1970
    }

    /// What the machine says.
    var machineMs: UInt64 {
        let wall = Int64(clamping: world.truth) + wallOffset
        return wall > 0 ? UInt64(wall) : 0
    }

    func startClock() {
        if !hasBattery { wallOffset = -Int64(clamping: world.truth) }
        memory.clock = ClockFloor(
            floorMs: max(disk.wall, SimulatedWorld.built), machineMs: machineMs, monotonicMs: world.now)
    }

    /// The box's time.
    func wallNow() -> UInt64 {
        let wall = memory.clock.now(machineMs: machineMs, monotonicMs: world.now)
        if wall < memory.lastWall { world.violated("the clock of box \(index) ran backwards") }
        memory.lastWall = wall
        return wall
    }

    /// The time of something that is written now.
    func stamp() -> UInt64 {
        let wall = wallNow()
        if wall < truth.wall { world.violated("box \(index) stamps mail before what it has stamped already") }
        return wall
    }

    func jumpClock() {
        world.ledger.counts.jumps += 1
        switch ClockFault.allCases.randomElement(using: &world.random) ?? .right {
        case .step: wallOffset = Int64(world.number(0...480_000)) - 240_000
        case .right: wallOffset = 0
        case .aYearAhead: wallOffset += 365 * 86_400_000
        case .backTo1970: wallOffset = -Int64(clamping: world.truth)
        }
    }

    // MARK: Peers

    func tellClock(_ connection: SimulatedConnection) {
        let wall = isLiar ? world.number(0...1 << 45) : wallNow()
        let isSure = isLiar || memory.clock.isSure
        connection.with(self) { engine, now in
            engine.tell(wallMs: wall, isSure: isSure, now: now)
            return []
        }
    }

    func heardClock(_ wallMs: UInt64, _ isSure: Bool, from peer: SimulatedBox) {
        memory.clock.heard(
            from: peer.boxID, wallMs: wallMs, isSure: isSure, isUpstream: isUpstream(peer),
            machineMs: machineMs, monotonicMs: world.now)
    }

    /// Whether an administrator would have written "upstream" in its entry.
    func isUpstream(_ peer: SimulatedBox) -> Bool { peer.forwards && !peer.isLiar }

    /// A time on one upstream's word is no floor for later lives.
    func saveClock() {
        guard memory.clock.source != .upstream else { return }
        let wall = wallNow()
        change { $0.wall = max($0.wall, wall) }
    }

    /// What is wrong with the time when all is over, if anything: two honest peers whose machines know it, one
    /// of them an upstream, have told it. Peers that have it from others only confirm what they were told.
    var clockProblem: String? {
        let witnesses = neighbours.filter { peer in
            sessions[peer.index] != nil && !peer.isLiar && peer.memory.clock.source == .machine
                && abs(peer.wallOffset) <= 2_000
        }
        guard witnesses.count >= 2, witnesses.contains(where: isUpstream) else { return nil }
        let wall = wallNow()
        if wall + Self.clockToleranceMs < world.truth {
            return
                "box \(index) is \(world.truth - wall) ms behind (\(memory.clock.source)) though boxes \(witnesses.map(\.index)) know the time"
        }
        if wall <= world.truth + Self.clockToleranceMs, !memory.clock.isSure {
            return "box \(index) is not sure of the right time (\(memory.clock.source))"
        }
        return nil
    }

    /// What the clock of a machine may be wrong, and an agreement.
    private static var clockToleranceMs: UInt64 { 150_000 }
}
