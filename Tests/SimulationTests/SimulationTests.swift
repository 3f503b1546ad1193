import Engine
import Glibc
import Simulation
import Testing

/// Whole deployments on the production engines, under everything that a bad month brings.
///
/// In the environment: `DAKGHAR_SIMULATION_SECONDS` (how long to go on with fresh seeds; without it twelve
/// seeds of each kind), `DAKGHAR_SEED` (one seed, to look at it again).
@Suite("Simulated deployments")
struct SimulationTests {
    private static let kinds: [Deployment.Kind] = [.storm, .month]

    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    @Test(
        "what is accepted arrives once and in order, or its sender is told; all comes to rest",
        arguments: kinds)
    func promises(kind: Deployment.Kind) {
        if let seed = Self.number("DAKGHAR_SEED") {
            let simulation = Simulation(seed: seed, kind: kind)
            #expect(simulation.problems.isEmpty, "\(simulation.summary)")
            return
        }
        let seconds = Self.number("DAKGHAR_SIMULATION_SECONDS")
        let end = ContinuousClock.now + .seconds(seconds ?? 600)
        var seed: UInt64 = 0
        while ContinuousClock.now < end, seconds != nil || seed < 12 {
            seed += 1
            let simulation = Simulation(seed: seed, kind: kind)
            #expect(simulation.problems.isEmpty, "DAKGHAR_SEED=\(seed): \(simulation.summary)")
            guard simulation.problems.isEmpty else { return }
        }
        print("\(kind.rawValue): \(seed) seeds")
        #expect(seed > 0)
    }

    @Test("one seed gives one course of events", arguments: kinds)
    func repeatable(kind: Deployment.Kind) {
        let first = Simulation(seed: 5, kind: kind)
        let second = Simulation(seed: 5, kind: kind)
        #expect(first.fingerprint == second.fingerprint)
        #expect(first.world.ledger.counts == second.world.ledger.counts)
    }

    @Test("the bad luck is not idle: every kind of fault strikes")
    func faultsHappen() {
        var counts = Ledger.Counts()
        var lost = 0
        for seed: UInt64 in 1...12 {
            let ledger = Simulation(seed: seed, kind: .month).world.ledger
            counts.crashes += ledger.counts.crashes
            counts.rollbacks += ledger.counts.rollbacks
            counts.resumed += ledger.counts.resumed
            counts.wiped += ledger.counts.wiped
            counts.sticks += ledger.counts.sticks
            counts.refusals += ledger.counts.refusals
            counts.lies += ledger.counts.lies
            lost += ledger.excused.count
        }
        #expect(counts.crashes > 0 && counts.rollbacks > 0 && counts.resumed > 0 && counts.wiped > 0)
        #expect(counts.sticks > 0 && counts.refusals > 0 && counts.lies > 0 && lost > 0)
    }
}
