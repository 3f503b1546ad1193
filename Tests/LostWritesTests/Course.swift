import Bundles
import FoundationEssentials
import NIOCore
import Synchronization

@testable import Carriers
@testable import Engine
@testable import Storage

/// The ledger of a course of events: written on the event loop, read where the disk is written.
final class Ledgers: Sendable {
    private let state = Mutex(Ledger())
    var now: Ledger { state.withLock { $0 } }
    func change(_ body: (inout Ledger) -> Void) { state.withLock { body(&$0) } }
}

/// A course of events in an office, drawn from a seed: messages are accepted, come, are acknowledged and
/// dropped; the process ends and starts again.
final class Course {
    let disk: VolatileDisk
    let ledger = Ledgers()
    private(set) var lossy: LossyOffice
    private var random: SeededGenerator

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        disk = VolatileDisk()
        let directory = try LossyOffice.makeDirectory()
        LossyVFS.watch(directory, disk)
        lossy = try LossyOffice(directory)
        lossy.addClerk()
        noteEpoch()
    }

    /// How many syncs and writes a whole course makes.
    static func count(
        seed: UInt64, rounds: Int, isolation: isolated (any Actor)? = #isolation
    ) async throws -> (syncs: Int, writes: Int) {
        let course = try Course(seed: seed)
        defer { course.close() }
        course.disk.set(nil)
        try await course.run(rounds: rounds)
        return (course.disk.syncs, course.disk.writes)
    }

    static func remove(_ directory: String) {
        LossyVFS.forget(directory)
        try? FileManager.default.removeItem(atPath: directory)
    }

    func close() { Self.remove(lossy.directory) }

    /// Why the box stopped, or did not start.
    var stopReason: String? { lossy.stopped ?? failedStart }
    private var failedStart: String?
    private var isStopped: Bool { stopReason != nil }

    private func noteEpoch() {
        let epoch = lossy.office.store.epoch
        ledger.change { $0.epoch = epoch }
    }

    func run(rounds: Int, isolation: isolated (any Actor)? = #isolation) async throws {
        await lossy.settle()
        for round in 1...rounds where !isStopped {
            try accept(Int.random(in: 1...4, using: &random))
            try receive(UInt64.random(in: 1...3, using: &random))
            await settle()
            if Bool.random(using: &random) { try release() }
            if round % 3 == 0 { try drop() }
            await settle()
            if round % 4 == 0, !isStopped { try restart() }
        }
    }

    private func settle(isolation: isolated (any Actor)? = #isolation) async {
        await lossy.settle()
        guard !isStopped, let acknowledged = try? lossy.acknowledged() else { return }
        ledger.change { $0.acknowledged.formUnion(acknowledged) }
    }

    /// Asks once more while the box goes down, and waits for the answer.
    /// - Returns: whether it was acknowledged.
    func isAcknowledgedAfterStop(isolation: isolated (any Actor)? = #isolation) async throws -> Bool {
        guard failedStart == nil else { return false }
        ledger.change { $0.begun += 1 }
        let number = ledger.now.begun
        return try await withCheckedThrowingContinuation { answer in
            do {
                try lossy.accept(number) { answer.resume(returning: $0) }
            } catch {
                answer.resume(throwing: error)
            }
        }
    }

    private func accept(_ count: Int) throws {
        for _ in 0..<count {
            ledger.change { $0.begun += 1 }
            let number = ledger.now.begun
            try lossy.accept(number) { [ledger] isDone in
                if isDone { ledger.change { $0.accepted.insert(number) } }
            }
        }
    }

    /// Sometimes the last one comes first, sometimes old ones come again.
    private func receive(_ count: UInt64) throws {
        let first = UInt64(ledger.now.sealed) + 1
        var numbers = Array(first..<first + count)
        ledger.change { $0.sealed += Int(count) }
        if Bool.random(using: &random) {
            try lossy.receive([numbers.removeLast()])
            if first > 1 { numbers.append(first - 1) }
        }
        if !numbers.isEmpty { try lossy.receive(numbers) }
    }

    /// The other office acknowledges some of what waits.
    private func release() throws {
        let taken = try lossy.waiting().filter { _ in Bool.random(using: &random) }
        guard !taken.isEmpty else { return }
        ledger.change { $0.released.formUnion(taken.map(\.number)) }
        let peer = try lossy.peer()
        for entry in taken { lossy.office.noteSent(entry.row.name, to: peer) }
        lossy.office.acknowledged(by: peer, .init(storeID: 0, naming: taken.map(\.row.name)))
    }

    /// An administrator drops the oldest message that waits.
    private func drop() throws {
        guard let oldest = try lossy.waiting().first else { return }
        ledger.change { $0.released.insert(oldest.number) }
        lossy.office.drop(MailSelection(ids: [oldest.row.id]), because: "a test") { _ in }
    }

    private func restart() throws {
        do {
            lossy = try startedAgain()
            noteEpoch()
        } catch let error as StorageError where disk.hasFailed {
            failedStart = error.description
        }
    }

    /// A box does not start without room to say so; its technician makes some.
    private func startedAgain() throws -> LossyOffice {
        for _ in 0..<8 {
            do {
                return try LossyOffice(lossy.directory)
            } catch StorageError.full {
                continue
            }
        }
        throw StorageError.full
    }
}
