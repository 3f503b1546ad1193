import Engine
import Synchronization

/// A disk as it would be found after a power cut: what was synced for certain, and what was only written, in
/// whatever part and order the cut left it. SQLite reaches it through ``LossyVFS``.
final class VolatileDisk: Sendable {
    /// What a cut leaves of the writes that were not synced.
    enum Cut: Sendable, CaseIterable {
        /// Nothing.
        case loseAll
        /// All of them, as after the end of the process alone.
        case keepAll
        /// Some, whatever their order was.
        case keepSome
        /// The first ones whole, then one up to a sector's end.
        case tear
    }

    /// What the disk does wrong, once.
    enum Fault: Sendable {
        /// This sync, counted from 0, fails; what it was to keep is lost, though it can still be read.
        case failSync(Int)
        /// From this write on, counted from 0, so many find no room.
        case full(Int, count: Int)
    }

    fileprivate enum Change: Sendable {
        case write(offset: Int, bytes: [UInt8])
        case truncate(Int)
    }

    fileprivate struct File: Sendable {
        var isThere = false
        var durable: [UInt8] = []
        var pending: [Change] = []
    }

    /// The files at one instant; making it costs little, since arrays are shared until they change.
    struct Moment: Sendable {
        fileprivate let files: [String: File]

        /// The bytes that each file would have after a cut.
        func files(after cut: Cut, seed: UInt64) -> [String: [UInt8]] {
            var random = SeededGenerator(seed: seed)
            var found: [String: [UInt8]] = [:]
            for (path, file) in files.sorted(by: { $0.key < $1.key }) {
                let kept = VolatileDisk.kept(file.pending, cut, &random)
                guard file.isThere || !kept.isEmpty else { continue }
                found[path] = VolatileDisk.apply(kept, to: file.durable)
            }
            return found
        }
    }

    private struct State {
        var files: [String: File] = [:]
        var syncs = 0
        var writes = 0
        var fault: Fault?
    }

    private static let sector = 512
    private let state: Mutex<State>
    /// Called after each change, on the thread that made it.
    private let watch: Mutex<(@Sendable (VolatileDisk) -> Void)?> = Mutex(nil)

    init(fault: Fault? = nil) { state = Mutex(State(fault: fault)) }

    /// Sets who is told of every instant.
    func onChange(_ told: (@Sendable (VolatileDisk) -> Void)?) { watch.withLock { $0 = told } }

    var moment: Moment { state.withLock { Moment(files: $0.files) } }
    /// Whether the fault has shown itself.
    var hasFailed: Bool {
        state.withLock { state in
            switch state.fault {
            case .failSync(let number): state.syncs > number
            case .full(let first, _): state.writes > first
            case nil: false
            }
        }
    }
    var syncs: Int { state.withLock { $0.syncs } }
    var writes: Int { state.withLock { $0.writes } }

    /// From now on, counted anew.
    func set(_ fault: Fault?) {
        state.withLock {
            $0.fault = fault
            ($0.syncs, $0.writes) = (0, 0)
        }
    }

    // MARK: What the VFS tells

    /// Whether there is room for a write.
    func hasRoom() -> Bool {
        state.withLock { state in
            defer { state.writes += 1 }
            guard case .full(let first, let count) = state.fault else { return true }
            return !(first..<first + count).contains(state.writes)
        }
    }

    func wrote(_ path: String, at offset: Int, _ bytes: [UInt8]) {
        change(path) { $0.pending.append(.write(offset: offset, bytes: bytes)) }
    }

    func truncated(_ path: String, to size: Int) { change(path) { $0.pending.append(.truncate(size)) } }

    /// - Returns: false when the sync fails.
    func synced(_ path: String) -> Bool {
        let isGood = state.withLock { state in
            defer { state.syncs += 1 }
            var file = state.files[path] ?? File()
            if case .failSync(let number) = state.fault, number == state.syncs {
                // Linux marks the pages clean all the same: the next sync says that all is well.
                file.pending = []
                state.files[path] = file
                return false
            }
            file.durable = Self.apply(file.pending, to: file.durable)
            file.pending = []
            file.isThere = true
            state.files[path] = file
            return true
        }
        tell()
        return isGood
    }

    func deleted(_ path: String) {
        state.withLock { _ = $0.files.removeValue(forKey: path) }
        tell()
    }

    private func change(_ path: String, _ body: (inout File) -> Void) {
        state.withLock { body(&$0.files[path, default: File()]) }
        tell()
    }

    private func tell() { watch.withLock { $0 }?(self) }

    // MARK: After the cut

    private static func kept(_ pending: [Change], _ cut: Cut, _ random: inout SeededGenerator) -> [Change] {
        switch cut {
        case .loseAll: return []
        case .keepAll: return pending
        case .keepSome: return pending.filter { _ in Bool.random(using: &random) }
        case .tear:
            guard !pending.isEmpty else { return [] }
            let whole = Int.random(in: 0..<pending.count, using: &random)
            var kept = Array(pending.prefix(whole))
            if case .write(let offset, let bytes) = pending[whole], bytes.count > sector {
                let sectors = Int.random(in: 1...(bytes.count - 1) / sector, using: &random)
                kept.append(.write(offset: offset, bytes: Array(bytes.prefix(sectors * sector))))
            }
            return kept
        }
    }

    private static func apply(_ changes: [Change], to durable: [UInt8]) -> [UInt8] {
        var bytes = durable
        for change in changes {
            switch change {
            case .truncate(let size):
                if size < bytes.count { bytes.removeSubrange(size...) }
            case .write(let offset, let written):
                let end = offset + written.count
                if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
                bytes.replaceSubrange(offset..<end, with: written)
            }
        }
        return bytes
    }
}
