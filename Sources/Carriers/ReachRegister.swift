internal import Bundles

/// What a hub says in its register `reach`: with whom it has sessions now and how fast their lines are,
/// so that bundles are made for the slowest hop that is known.
///
/// Per box 9 bytes: its id, and the rate of its line as a power of two in bytes a second, 0 when unknown.
struct ReachRegister: Equatable {
    private(set) var boxes: [(box: BoxID, rate: UInt8)] = []

    private static let entryBytes = 9
    /// 2^40 bytes a second are more than any line has.
    private static let largestRate: UInt8 = 40

    init(_ boxes: [(box: BoxID, rate: UInt8)]) { self.boxes = boxes }

    /// What is no whole entry is left out.
    init(_ value: [UInt8]) {
        for start in stride(from: 0, to: value.count - (Self.entryBytes - 1), by: Self.entryBytes) {
            guard let box = BoxID(bytes: Array(value[start..<start + 8])) else { continue }
            boxes.append((box, min(value[start + 8], Self.largestRate)))
        }
    }

    var value: [UInt8] {
        boxes.map { $0.box.bytes + [$0.rate] }.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 }
    }

    /// Bytes a second of the lines whose rate is known.
    var rates: [BoxID: Int] {
        Dictionary(boxes.filter { $0.rate > 0 }.map { ($0.box, 1 << Int($0.rate)) }) { min($0, $1) }
    }

    static func == (left: Self, right: Self) -> Bool { left.value == right.value }

    /// The power of two for a rate. The one told before stays while it is not far off: a rate that wavers
    /// is not worth a bundle to everybody.
    static func power(of rate: Int?, told: UInt8) -> UInt8 {
        guard let rate, rate > 1 else { return told }
        if told > 0, told < 62 {
            let before = 1 << Int(told)
            if rate > before / 2, rate < before + before / 2 + before / 4 { return told }
        }
        return UInt8(min(Int.bitWidth - 1 - rate.leadingZeroBitCount, Int(largestRate)))
    }
}
