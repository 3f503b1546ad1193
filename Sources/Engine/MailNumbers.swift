package import Bundles

/// What became of one peer's mail here, by its numbers: remembered for the receipts that the peer gets.
package struct MailNumbers: Sendable {
    /// Epochs of one kind that are remembered; the lowest is forgotten for a new one.
    package static let maxEpochs = 64
    /// Separate ranges of one epoch and kind; the lowest is forgotten for a new one.
    package static let maxRanges = 4_096

    package struct Key: Hashable, Sendable {
        package let kind: MailRangeKind
        package let epoch: Epoch
    }

    private var numbers: [MailRangeKind: [Epoch: RangeSet]] = [:]
    private var changed: Set<Key> = []

    package init() {}

    package init(restored: [(kind: MailRangeKind, epoch: Epoch, numbers: RangeSet)]) {
        for entry in restored { numbers[entry.kind, default: [:]][entry.epoch] = entry.numbers }
    }

    package func contains(_ name: ParcelName, _ kind: MailRangeKind) -> Bool {
        numbers[kind]?[name.epoch]?.contains(name.number) ?? false
    }

    /// Notes a number; true when that is news.
    @discardableResult
    package mutating func insert(_ name: ParcelName, _ kind: MailRangeKind) -> Bool {
        guard !contains(name, kind) else { return false }
        makeRoom(for: name.epoch, kind)
        numbers[kind, default: [:]][name.epoch, default: RangeSet()].insert(name.number)
        shorten(name.epoch, kind)
        changed.insert(Key(kind: kind, epoch: name.epoch))
        return true
    }

    /// Forgets a number; true when it was there.
    @discardableResult
    package mutating func remove(_ name: ParcelName, _ kind: MailRangeKind) -> Bool {
        guard contains(name, kind) else { return false }
        numbers[kind]?[name.epoch]?.remove(name.number)
        if numbers[kind]?[name.epoch]?.isEmpty == true { numbers[kind]?[name.epoch] = nil }
        changed.insert(Key(kind: kind, epoch: name.epoch))
        return true
    }

    /// What changed since the last call, as it is to be stored; nothing in it: to be removed.
    package mutating func takeChanges() -> [(key: Key, numbers: RangeSet)] {
        defer { changed.removeAll() }
        return changed.map { ($0, numbers[$0.kind]?[$0.epoch] ?? RangeSet()) }
    }

    /// What the peer is told.
    package var receipts: MailReceipts {
        MailReceipts(
            delivered: numbers[.delivered] ?? [:], late: numbers[.late] ?? [:],
            refused: numbers[.refused] ?? [:])
    }

    /// Whether there is anything to tell.
    package var isSilent: Bool {
        numbers.allSatisfy { $0.key == .skipped || $0.value.isEmpty }
    }

    private mutating func makeRoom(for epoch: Epoch, _ kind: MailRangeKind) {
        guard let known = numbers[kind], known[epoch] == nil, known.count >= Self.maxEpochs,
            let lowest = known.keys.min()
        else { return }
        numbers[kind]?[lowest] = nil
        changed.insert(Key(kind: kind, epoch: lowest))
    }

    private mutating func shorten(_ epoch: Epoch, _ kind: MailRangeKind) {
        guard let ranges = numbers[kind]?[epoch], ranges.ranges.count > Self.maxRanges,
            let lowest = ranges.ranges.first
        else { return }
        var dropped = RangeSet()
        dropped.insert(lowest)
        numbers[kind]?[epoch] = ranges.subtracting(dropped)
    }
}

extension MailReceipts {
    /// What is here and not in `other`: what one of them says beyond the one before.
    package func beyond(_ other: MailReceipts) -> MailReceipts {
        MailReceipts(
            delivered: Self.beyond(delivered, other.delivered), late: Self.beyond(late, other.late),
            refused: Self.beyond(refused, other.refused))
    }

    private static func beyond(_ numbers: Numbers, _ other: Numbers) -> Numbers {
        var fresh: Numbers = [:]
        for (epoch, ranges) in numbers {
            let rest = other[epoch].map { ranges.subtracting($0) } ?? ranges
            if !rest.isEmpty { fresh[epoch] = rest }
        }
        return fresh
    }
}
