import Bundles
import FoundationEssentials
import Glibc
import Testing

@testable import Carriers
@testable import Engine
@testable import Storage

/// The office is opened again on what the disk held, and held to what it had promised.
enum Aftermath {
    /// Makes the files of a moment in a directory of their own while `body` runs.
    static func inFiles(
        of moment: VolatileDisk.Moment, _ cut: VolatileDisk.Cut, seed: UInt64, _ body: (String) throws -> Void
    ) throws {
        let copy = try write(moment, cut, seed)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try body(copy)
    }

    private static func write(
        _ moment: VolatileDisk.Moment, _ cut: VolatileDisk.Cut, _ seed: UInt64
    ) throws -> String {
        let copy = try LossyOffice.makeDirectory()
        for (path, bytes) in moment.files(after: cut, seed: seed) {
            guard let name = path.split(separator: "/").last else { continue }
            try Data(bytes).write(to: URL(filePath: copy + "/" + name))
        }
        return copy
    }

    static func check(
        _ instant: Instant, _ cut: VolatileDisk.Cut, seed: UInt64,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let copy = try write(instant.moment, cut, seed)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let promised = instant.ledger
        let lossy = try LossyOffice(copy)
        let at = "\(cut), seed \(seed), \(promised.accepted.count) accepted"
        #expect(
            try lossy.office.store.reader.first("PRAGMA integrity_check") { $0.text(0) } == "ok", "\(at)")
        if let epoch = promised.epoch { #expect(lossy.office.store.epoch > epoch, "\(at)") }
        try checkOutgoing(lossy, promised, at)
        try await checkIncoming(lossy, promised, at)
        #expect(lossy.stopped == nil, "\(at)")
    }

    /// What was accepted waits unless it was released; its author's archive has it.
    private static func checkOutgoing(_ lossy: LossyOffice, _ promised: Ledger, _ at: String) throws {
        let waiting = try lossy.waiting()
        let numbers = waiting.map(\.number)
        #expect(numbers == Array(Set(numbers)).sorted(), "waits twice or out of order: \(at)")
        #expect(Set(waiting.map(\.row.name)).count == waiting.count, "a number was given twice: \(at)")
        #expect(
            Set(numbers).isSuperset(of: promised.accepted.subtracting(promised.released)), "lost: \(at)")
        let rows = try lossy.office.store.reader.first("SELECT count(*) FROM outbox") { $0.int(0) }
        let counted = try lossy.office.store.reader.queueDepths().reduce(0) { $0 + $1.parcels }
        #expect(counted == rows, "what waits is counted wrongly: \(at)")
        let archived = try lossy.archive(incoming: false)
        #expect(archived == Array(Set(archived)).sorted(), "archived twice or out of order: \(at)")
        #expect(Set(archived).isSuperset(of: promised.accepted), "not in the archive: \(at)")
    }

    /// The other office sends again what it has no receipt for, and some of the rest.
    private static func checkIncoming(
        _ lossy: LossyOffice, _ promised: Ledger, _ at: String, isolation: isolated (any Actor)? = #isolation
    ) async throws {
        guard promised.sealed > 0 else { return }
        #expect(
            try lossy.acknowledged().isSuperset(of: promised.acknowledged), "a receipt was taken back: \(at)")
        let all = UInt64(1)...UInt64(promised.sealed)
        try lossy.receive(all.filter { !promised.acknowledged.contains($0) || $0 % 3 == 0 })
        await lossy.settle()
        #expect(try lossy.archive(incoming: true) == all.map { Int($0) }, "\(at)")
    }
}
