import Bundles
import Glibc
import Testing

@testable import Engine

/// Two offices and a hub that forwards, with real engines, under everything that a bad year brings.
@Suite("Simulated network")
struct SimulationTests {
    /// Faults come for this long, then the network heals.
    static let troubleMs: UInt64 = 120_000
    /// Everything has to drain within this time after the healing.
    static let drainLimitMs: UInt64 = 60_000

    static var seeds: ClosedRange<UInt64> {
        let count = getenv("DAKGHAR_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 200
        return 1...max(1, count)
    }

    static var firstSeed: UInt64 {
        getenv("DAKGHAR_FIRST_SEED").flatMap { UInt64(String(cString: $0)) } ?? 0
    }

    @Test("every accepted message arrives once, in the order of its conversation, and all drains")
    func everythingArrivesOnce() {
        for seed in Self.seeds {
            let problems = Self.run(seed: Self.firstSeed + seed)
            #expect(problems.isEmpty, "seed \(Self.firstSeed + seed)")
            if !problems.isEmpty { return }
        }
    }

    @Test("one seed gives one course of events")
    func repeatable() {
        let first = Self.simulate(seed: 5)
        let second = Self.simulate(seed: 5)
        #expect(first.accepted == second.accepted)
        #expect(first.now == second.now)
        #expect(first.boxes[1].disk.shown == second.boxes[1].disk.shown)
    }

    static func run(seed: UInt64) -> [String] {
        let world = simulate(seed: seed)
        var problems = world.violations
        for box in world.boxes {
            let waiting = box.disk.rows.values.reduce(0) { $0 + $1.count }
            if waiting > 0 { problems.append("\(waiting) parcels of box \(box.index) never left") }
            problems += comparison(world, to: box)
        }
        return problems
    }

    /// What one box has shown, against what was accepted for it.
    private static func comparison(_ world: SimulatedWorld, to box: SimulatedBox) -> [String] {
        let expected = Dictionary(grouping: world.accepted.filter { $0.to == box.index }) {
            "\($0.from) \($0.conversation)"
        }
        let shown = Dictionary(grouping: box.disk.shown) { "\($0.from) \($0.conversation)" }
        return Set(expected.keys).union(shown.keys).sorted().compactMap { conversation in
            let wanted = (expected[conversation] ?? []).map(\.sequence)
            let seen = (shown[conversation] ?? []).map(\.sequence)
            return wanted == seen
                ? nil : "box \(box.index), conversation \(conversation): \(seen) instead of \(wanted)"
        }
    }

    // MARK: The course of events

    static func simulate(seed: UInt64) -> SimulatedWorld {
        let world = SimulatedWorld(seed: seed)
        world.boxes = (0..<3).compactMap { SimulatedBox(world, index: $0, forwards: $0 == 2) }
        for box in world.boxes {
            box.outboxSettings.windowParcels = Int(world.number(4...40))
            box.outboxSettings.bundleBytes = Int(world.number(500...8_000))
            box.outboxSettings.windowBytes = Int(world.number(2_000...60_000))
        }
        // In a third of the worlds the direct line never comes up while there is trouble.
        if world.chance(33) { world.lines[1] = world.chance(50) ? .cut : .blackHole }
        let keepsDirect = world.lines[1] == nil
        for box in world.boxes { box.start() }
        writeMail(world)
        causeTrouble(world, keepsDirect)
        world.run(until: world.now + troubleMs)
        heal(world)
        world.run(until: world.now + drainLimitMs) {
            world.boxes.allSatisfy { box in
                box.disk.rows.values.allSatisfy(\.isEmpty) && box.truth.rows.values.allSatisfy(\.isEmpty)
            }
        }
        world.run(until: world.now + 2_000)
        return world
    }

    private static func writeMail(_ world: SimulatedWorld) {
        let count = world.number(10...60)
        var sequences: [String: Int] = [:]
        for _ in 0..<count {
            world.after(world.number(0...troubleMs)) {
                let from = Int(world.number(0...1))
                let conversation = "c\(world.number(0...2))"
                for _ in 0..<world.number(1...4) {
                    let sequence = (sequences["\(from) \(conversation)"] ?? 0) + 1
                    sequences["\(from) \(conversation)"] = sequence
                    let message = SimulatedMessage(
                        from: from, to: 1 - from, conversation: conversation, sequence: sequence)
                    let parcelClass: ParcelClass =
                        world.chance(70) ? .chat : world.chance(50) ? .urgent : .bulk
                    let size = world.chance(5) ? 20_000 : Int(world.number(1...800))
                    world.boxes[from].accept(message, parcelClass, bytes: size)
                }
            }
        }
    }

    private static func causeTrouble(_ world: SimulatedWorld, _ keepsDirect: Bool) {
        for _ in 0..<world.number(0...14) {
            world.after(world.number(0...troubleMs - 1)) {
                switch world.number(0...9) {
                case 0...2: change(world, keepsDirect, to: .cut)
                case 3...4: change(world, keepsDirect, to: .blackHole)
                case 5: change(world, keepsDirect, to: .up)
                case 6...7: restart(world, world.boxes[Int(world.number(0...2))], wiping: false)
                case 8: restart(world, world.boxes[2], wiping: true)
                default: dialAgain(world)
                }
            }
        }
    }

    private static func change(_ world: SimulatedWorld, _ keepsDirect: Bool, to line: SimulatedWorld.Line) {
        let index = Int(world.number(keepsDirect ? 1...3 : 2...3))
        world.lines[index] = line
        guard line == .cut else { return }
        for connection in world.boxes.flatMap(\.connections)
        where connection.ends[0].index + connection.ends[1].index == index {
            connection.reset()
        }
    }

    private static func restart(_ world: SimulatedWorld, _ box: SimulatedBox, wiping: Bool) {
        if wiping { box.wipe() } else { box.kill() }
        world.after(world.number(10...20_000)) { box.start() }
    }

    private static func dialAgain(_ world: SimulatedWorld) {
        let box = world.boxes[Int(world.number(0...2))]
        guard box.isUp, let peer = box.peers.first else { return }
        box.dial(peer)
    }

    private static func heal(_ world: SimulatedWorld) {
        for index in 1...3 {
            world.lines[index] = .up
        }
        for box in world.boxes { box.start() }
    }
}
