internal import Bundles
package import Engine

/// Virtual time and everything that happens in it. One seed, one course of events.
package final class SimulatedWorld {
    private struct Event {
        let at: UInt64
        let order: UInt64
        let action: () -> Void
    }

    enum Line { case up, cut, blackHole }

    /// Two boxes that can be joined.
    struct Wire: Hashable {
        let low: Int
        let high: Int

        init(_ left: Int, _ right: Int) {
            low = min(left, right)
            high = max(left, right)
        }
    }

    /// The right time at the start, and when the program was built; milliseconds since 1970.
    static let begin: UInt64 = 1_800_000_000_000
    static let built: UInt64 = begin - 100 * 86_400_000

    package let seed: UInt64
    package let deployment: Deployment
    var random: SeededGenerator
    package private(set) var now: UInt64 = 1_000
    package private(set) var eventCount = 0
    private var heap: [Event] = []
    private var order: UInt64 = 0

    package internal(set) var boxes: [SimulatedBox] = []
    var wires: [Wire] = []
    var lines: [Wire: Line] = [:]
    /// Everything is mended: no more faults.
    var isMended = false
    /// What sealed bundles contain, by the id in their bytes.
    var contents: [UInt64: SimulatedContent] = [:]
    private var nextContent: UInt64 = 0
    /// When each message was accepted.
    var acceptance: [SimulatedMessage: UInt64] = [:]
    /// How long its box had run then.
    var acceptanceInService: [SimulatedMessage: UInt64] = [:]
    package internal(set) var ledger = Ledger()

    package init(seed: UInt64, kind: Deployment.Kind) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        deployment = Deployment.drawn(kind, using: &random)
    }

    func after(_ delay: UInt64, _ action: @escaping () -> Void) {
        order += 1
        heap.append(Event(at: now + delay, order: order, action: action))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Runs events up to `limit`, or until `isDone`, which is asked every `step` milliseconds.
    func run(until limit: UInt64, step: UInt64 = .max, isDone: () -> Bool = { false }) {
        var ask = now
        while let first = heap.first, first.at <= limit {
            if first.at >= ask {
                if isDone() { return }
                ask = step == .max ? .max : first.at + step
            }
            removeFirst()
            now = first.at
            eventCount += 1
            first.action()
        }
        now = limit
    }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && isBefore(child, smallest) {
                smallest = child
            }
            guard smallest != parent else { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].at, heap[left].order) < (heap[right].at, heap[right].order)
    }

    /// The right time, milliseconds since 1970.
    var truth: UInt64 { Self.begin + now }

    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    func number(_ range: ClosedRange<UInt64>) -> UInt64 { UInt64.random(in: range, using: &random) }

    func store(_ content: SimulatedContent) -> UInt64 {
        nextContent += 1
        contents[nextContent] = content
        return nextContent
    }

    func violated(_ text: String) {
        if ledger.violations.count < 5 { ledger.violations.append("\(text), at \(now) ms") }
    }

    func line(_ left: SimulatedBox, _ right: SimulatedBox) -> Line {
        lines[Wire(left.index, right.index)] ?? .up
    }

    /// Opens a connection; nil if it is refused. A black hole gives one that leads nowhere.
    func connect(_ dialer: SimulatedBox, _ listener: SimulatedBox) -> SimulatedConnection? {
        let line = line(dialer, listener)
        guard line != .cut, line == .blackHole || listener.isUp else { return nil }
        let connection = SimulatedConnection(self, dialer: dialer, listener: listener)
        connection.isBroken = line == .blackHole
        return connection
    }
}
