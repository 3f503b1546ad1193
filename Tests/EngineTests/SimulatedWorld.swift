import Bundles

@testable import Engine

/// Virtual time and everything that happens in it. One seed, one course of events.
final class SimulatedWorld {
    private struct Event {
        let at: UInt64
        let order: UInt64
        let action: () -> Void
    }

    let seed: UInt64
    var random: SeededGenerator
    private(set) var now: UInt64 = 1_000
    private var heap: [Event] = []
    private var order: UInt64 = 0

    var boxes: [SimulatedBox] = []
    /// State of the line between two boxes, by the sum of their indices.
    var lines = [Int: Line]()
    /// What sealed bundles contain, by the id in their bytes.
    var contents: [UInt64: SimulatedContent] = [:]
    /// Messages whose acknowledgement went out to the client, in order.
    var accepted: [SimulatedMessage] = []
    var violations: [String] = []
    private var nextContent: UInt64 = 0

    enum Line { case up, cut, blackHole }

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
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

    /// Runs events up to `limit`, or until `isDone`.
    func run(until limit: UInt64, isDone: () -> Bool = { false }) {
        while let first = heap.first, first.at <= limit, !isDone() {
            removeFirst()
            now = first.at
            first.action()
        }
        if !isDone() { now = limit }
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

    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    func number(_ range: ClosedRange<UInt64>) -> UInt64 { UInt64.random(in: range, using: &random) }

    func line(_ left: SimulatedBox, _ right: SimulatedBox) -> Line { lines[left.index + right.index] ?? .up }

    func store(_ content: SimulatedContent) -> UInt64 {
        nextContent += 1
        contents[nextContent] = content
        return nextContent
    }

    func violated(_ text: String) {
        if violations.count < 5 { violations.append("\(text) at \(now) ms") }
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

struct SimulatedMessage: Hashable {
    let from: Int
    let to: Int
    let conversation: String
    let sequence: Int

    /// Stands for the content id.
    var content: [UInt8] { Array("\(from)>\(to) \(conversation) \(sequence)".utf8) }
}

/// What a bundle holds, once opened.
struct SimulatedContent {
    let from: Int
    let to: Int
    var mail: [(mail: ArrivedMail, message: SimulatedMessage)] = []
    var acknowledgement: Acknowledgement?
}
