package import Bundles

/// Chooses the class that goes next: urgency first, but by deficit round robin, so that a flood of
/// a higher class leaves every lower one a share of the line.
///
/// Credits are bytes. In one round a class may spend its weight times `quantum`; inside a round the
/// most urgent class with credit goes first. On a thin line the quantum is small, so that a round does
/// not take minutes.
package struct ClassScheduler: Sendable {
    /// The smallest share of a round, in bytes, where nothing is known of the line: one full record.
    package static let quantum = 16_384
    /// Shares of urgent, chat, receipts, background and bulk.
    package static let weights = [16, 8, 4, 2, 1]

    /// The smallest share of a round, in bytes.
    package var quantum: Int {
        didSet {
            guard quantum < oldValue else { return }
            for slot in credit.indices { credit[slot] = max(min(credit[slot], share(slot)), -8 * quantum) }
        }
    }
    private var credit: [Int]

    package init(quantum: Int = Self.quantum) {
        self.quantum = quantum
        credit = Self.weights.map { $0 * quantum }
    }

    /// The class to serve now among those for which `isWaiting` is true, or nil if none waits.
    package mutating func choose(where isWaiting: (ParcelClass) -> Bool) -> ParcelClass? {
        let candidates = ParcelClass.allCases.filter(isWaiting)
        guard let mostUrgent = candidates.first else { return nil }
        // A debt is at most eight quanta, so eight rounds always bring somebody above zero.
        for _ in 0...8 {
            if let affordable = candidates.first(where: { credit[$0.slot] > 0 }) { return affordable }
            startRound()
        }
        return mostUrgent
    }

    /// Takes what was sent, in bytes, from the credit of its class.
    package mutating func charge(_ parcelClass: ParcelClass, bytes: Int) {
        let most = 8 * quantum
        credit[parcelClass.slot] = max(credit[parcelClass.slot] - min(bytes, most), -most)
    }

    private mutating func startRound() {
        for slot in credit.indices {
            credit[slot] = min(credit[slot] + share(slot), share(slot))
        }
    }

    private func share(_ slot: Int) -> Int { Self.weights[slot] * quantum }
}

extension ParcelClass {
    /// Position in tables that hold one entry per class.
    var slot: Int { Int(rawValue) }
}
