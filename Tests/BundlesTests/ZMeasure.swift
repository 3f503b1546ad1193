import Testing
@testable import Bundles
@Suite struct ZMeasure {
    @Test func speed() throws {
        let boxes = try TwoBoxes()
        var g = SeededGenerator(state: 9)
        let one = BundleTests.message(1, using: &g)
        let fifty = (1...50).map { BundleTests.message($0, using: &g) }
        let many = (1...150).map { BundleTests.message($0, using: &g) }
        let clock = ContinuousClock()
        for (n, ps, reps) in [("1", [one], 500), ("50", fifty, 100), ("150", many, 50)] {
            var b: [UInt8] = []
            let t = try clock.measure { for _ in 0..<reps { b = try boxes.seal([ps]) } }
            let o = try clock.measure { for _ in 0..<reps { _ = try boxes.open(b) } }
            let plain = ps.reduce(0) { $0 + $1.encodedSize }
            let c = clock.measure { var w = ByteWriter(); for p in ps { p.encode(into: &w) }; for _ in 0..<reps { _ = BundleCompressor.shared.compress(w.bytes) } }
            print("MEASURE", n, "bytes", b.count, "plain", plain, "seal", t / reps, "compress", c / reps, "open", o / reps)
        }
    }
}
