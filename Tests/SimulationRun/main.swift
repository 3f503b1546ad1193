// Runs the simulation over many seeds:
//
//   dakghar-simulate KIND FIRST-SEED COUNT [SECONDS]
//
// KIND is storm, month or large. Ends with the first seed whose verdict is bad, and code 1.
import Glibc
import Simulation

let arguments = CommandLine.arguments
guard arguments.count >= 4, let kind = Deployment.Kind(rawValue: arguments[1]),
    let first = UInt64(arguments[2]), let count = UInt64(arguments[3])
else {
    print("usage: dakghar-simulate storm|month|large FIRST-SEED COUNT [SECONDS]")
    exit(64)
}
let limit = arguments.count > 4 ? Int(arguments[4]) ?? .max : .max
let started = time(nil)
var done = 0
for seed in first..<first + count where time(nil) - started < limit {
    let simulation = Simulation(seed: seed, kind: kind)
    done += 1
    if count == 1 || kind == .large || !simulation.problems.isEmpty {
        print("\(simulation.summary); fingerprint \(simulation.fingerprint)")
    }
    guard simulation.problems.isEmpty else {
        for problem in simulation.problems { print("  \(problem)") }
        exit(1)
    }
}
print("\(done) seeds of \(kind.rawValue) from \(first) on: good, \(time(nil) - started) s")
