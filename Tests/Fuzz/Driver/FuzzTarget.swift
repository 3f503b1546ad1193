/// One place where bytes of others come in, and what must hold there for any bytes.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Bytes of an input at most.
    package let longest: Int
    /// What the corpus in the tree begins with: real encodings, the same on every machine.
    package let seeds: @Sendable () throws -> [[UInt8]]
    /// Takes one input in. Traps when a promise does not hold; anything else is as it should be.
    package let run: @Sendable ([UInt8]) -> Void

    package init(
        _ name: String, longest: Int = 4_096, seeds: @escaping @Sendable () throws -> [[UInt8]],
        run: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.name = name
        self.longest = longest
        self.seeds = seeds
        self.run = run
    }
}

/// Stops the fuzzer with the promise that did not hold.
package func promise(_ what: @autoclosure () -> String, _ holds: Bool) {
    if !holds { fatalError("broken promise: \(what())") }
}

/// An input whose first byte says how the rest is taken.
package struct SteeredInput {
    package let choice: UInt8
    package let bytes: [UInt8]

    package init?(_ input: [UInt8]) {
        guard let first = input.first else { return nil }
        choice = first
        bytes = Array(input.dropFirst())
    }

    /// The bytes in pieces whose size the first byte gives: 1 to 64, or all at once.
    package var pieces: [ArraySlice<UInt8>] {
        let size = Int(choice >> 2) == 0 ? max(bytes.count, 1) : Int(choice >> 2)
        return stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<min($0 + size, bytes.count)] }
    }
}
