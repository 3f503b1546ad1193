internal import Relay

/// A version of this program: three numbers, and behind a dash what comes before the version itself.
package struct ProgramVersion: Sendable, Equatable, Comparable, CustomStringConvertible {
    private let numbers: [Int]
    private let early: String?

    /// The one that runs here.
    package static var text: String { SoftwareVersion.number }

    /// `1.2.3` or `1.2.3-rc1`; nil for anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.limit else { return nil }
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false).compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
        }
        guard numbers.count == 3, parts[0].utf8.filter({ $0 == 0x2E }).count == 2 else { return nil }
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        }
        self.numbers = numbers
        early = parts.count == 2 ? String(parts[1]) : nil
    }

    /// Bytes of a version's text.
    static let limit = 32

    package static func < (left: Self, right: Self) -> Bool {
        if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
        switch (left.early, right.early) {
        case (nil, _): return false
        case (_, nil): return true
        case (let one?, let other?): return one < other
        }
    }

    package var description: String {
        numbers.map { "\($0)" }.joined(separator: ".") + (early.map { "-\($0)" } ?? "")
    }
}

/// The kind of processor that an executable is for.
package enum ProgramArchitecture {
    package static let known = ["x86_64", "arm64"]

    /// The one that this program was compiled for.
    package static var own: String {
        #if arch(arm64)
            "arm64"
        #else
            "x86_64"
        #endif
    }
}
