package import Bundles

/// The names that this run of a box has given to mail for one destination, and what others claim to know
/// of them.
///
/// A copy of the box that went on running (a snapshot of a virtual machine, put back while it ran) has
/// given the same names to other mail. It shows when somebody knows a number of this run that this run has
/// not sent: then nothing that is said of that epoch counts any more, and the owner names its
/// unacknowledged mail anew.
package struct GivenNames: Sendable {
    /// How often one peer's word may make this box draw a new epoch: an honest one needs it once or twice.
    package static let maxClaims = 8

    /// The last number given in the epoch of now.
    package private(set) var last: UInt64
    /// The last numbers given in earlier epochs of this run.
    private var given: [Epoch: UInt64] = [:]
    /// The highest numbers that left by any way, in epochs of this run.
    private var highestSent: [Epoch: UInt64] = [:]
    private var abandoned: Set<Epoch> = []
    private var claims = 0

    /// - Parameter last: the last number that was given in the epoch of now.
    package init(last: UInt64 = 0) { self.last = last }

    /// The next name.
    package mutating func next(in epoch: Epoch) -> ParcelName {
        last += 1
        return ParcelName(epoch: epoch, number: last)
    }

    /// These leave now; only epochs of this run count.
    package mutating func sent(_ names: [ParcelName], ownEpochs: Set<Epoch>) {
        for name in names where ownEpochs.contains(name.epoch) {
            highestSent[name.epoch] = max(highestSent[name.epoch] ?? 0, name.number)
        }
    }

    /// Whether the peer may once more make this box draw a new epoch.
    package mutating func mayClaim() -> Bool {
        claims += 1
        return claims <= Self.maxClaims
    }

    /// Whether knowing this number shows another run under the same epoch. True once an epoch: the owner
    /// then draws a new one and names what waits anew.
    package mutating func isExposed(_ epoch: Epoch, _ number: UInt64, ownEpochs: Set<Epoch>) -> Bool {
        guard ownEpochs.contains(epoch), !abandoned.contains(epoch), number > highestSent[epoch] ?? 0 else {
            return false
        }
        abandoned.insert(epoch)
        return true
    }

    /// Whether another run of this box has named mail of its own in this epoch.
    package func isAbandoned(_ epoch: Epoch) -> Bool { abandoned.contains(epoch) }

    /// The acknowledgement without epochs in which another run has named mail of its own: it would take
    /// ours for delivered.
    package func believable(_ claimed: Acknowledgement) -> Acknowledgement {
        guard !abandoned.isEmpty else { return claimed }
        return Acknowledgement(
            storeID: claimed.storeID, epochs: claimed.epochs.filter { !abandoned.contains($0.epoch) })
    }

    /// The box draws a new epoch in place of `old`: numbers begin anew.
    package mutating func epochDrawn(insteadOf old: Epoch) {
        given[old] = last
        last = 0
    }

    /// What was named in `old` keeps its numbers in the epoch of now, which has none of its own yet.
    package mutating func renamed(from old: Epoch) { last = given[old] ?? 0 }

    /// Names of the same destination that were given before it came back into the list.
    package mutating func merge(_ earlier: GivenNames) {
        last = max(last, earlier.last)
        given.merge(earlier.given) { max($0, $1) }
        highestSent.merge(earlier.highestSent) { max($0, $1) }
        abandoned.formUnion(earlier.abandoned)
        claims += earlier.claims
    }
}
