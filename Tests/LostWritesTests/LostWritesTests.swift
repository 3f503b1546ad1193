import Bundles
import CSQLite
import FoundationEssentials
import Glibc
import NIOCore
import Synchronization
import Testing

@testable import Carriers
@testable import Engine
@testable import Storage

/// The power goes at every instant at which SQLite has changed a file, and the office is opened again on what
/// a disk would hold then. In the environment: `DAKGHAR_LONG` (four courses, each instant in every way; without
/// it one course, each instant in one way), `DAKGHAR_SEED` (another course of events).
@Suite("Lost writes", .serialized)
actor LostWritesTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor { LossyLoop.executor }

    private static let isLong = getenv("DAKGHAR_LONG") != nil
    private static let seed = getenv("DAKGHAR_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1

    @Test("what was acknowledged before the power went is there after it, once and in order")
    func everyInstant() async throws {
        for seed in Self.seed..<Self.seed + (Self.isLong ? 4 : 1) { try await everyInstant(seed) }
    }

    private func everyInstant(_ seed: UInt64) async throws {
        let course = try Course(seed: seed)
        defer { course.close() }
        let instants = Instants(of: course.ledger)
        course.disk.onChange { instants.note($0) }
        try await course.run(rounds: 12)
        course.disk.onChange(nil)
        #expect(course.lossy.stopped == nil)
        let seen = instants.seen
        #expect(seen.count > 200, "too few instants to say anything: \(seen.count)")
        for (index, instant) in seen.enumerated() {
            let cuts =
                Self.isLong ? VolatileDisk.Cut.allCases : [VolatileDisk.Cut.allCases[index % 4]]
            for cut in cuts {
                try await Aftermath.check(instant, cut, seed: seed &+ UInt64(index))
            }
        }
        print("lost writes: seed \(seed), \(seen.count) instants")
    }

    @Test("a failed sync stops the office, and everything acknowledged before it is there")
    func failedSync() async throws {
        let syncs = try await Course.count(seed: Self.seed, rounds: 12).syncs
        #expect(syncs > 20)
        for number in stride(from: 0, to: syncs, by: Self.isLong ? 1 : max(1, syncs / 12)) {
            let course = try Course(seed: Self.seed)
            defer { course.close() }
            course.disk.set(.failSync(number))
            try await course.run(rounds: 12)
            let reason = try #require(course.stopReason, "sync \(number) failed unseen")
            #expect(reason.contains("disk I/O error"), "sync \(number): \(reason)")
            let promised = course.ledger.now
            #expect(
                try await !course.isAcknowledgedAfterStop(), "sync \(number): acknowledged after the failure")
            let instant = Instant(moment: course.disk.moment, ledger: promised)
            try await Aftermath.check(instant, .loseAll, seed: 1)
        }
    }

    @Test(
        "a disk without room refuses what it has no room for, keeps the rest, and goes on when there is room")
    func fullDisk() async throws {
        let writes = try await Course.count(seed: Self.seed, rounds: 12).writes
        for number in stride(from: 0, to: writes, by: Self.isLong ? 3 : max(1, writes / 12)) {
            let course = try Course(seed: Self.seed)
            defer { course.close() }
            course.disk.set(.full(number, count: 5))
            try await course.run(rounds: 12)
            #expect(course.stopReason == nil, "no room at write \(number) stopped the box")
            let instant = Instant(moment: course.disk.moment, ledger: course.ledger.now)
            try await Aftermath.check(instant, .loseAll, seed: 1)
        }
    }

    @Test("a migration that is cut is done again at the next start, and loses nothing")
    func migration() async throws {
        let last = Schema.migrations.count
        for version in stride(from: 1, to: last, by: Self.isLong ? 1 : max(1, last / 6)) {
            let directory = try LossyOffice.makeDirectory()
            let disk = VolatileDisk()
            LossyVFS.watch(directory, disk)
            defer { Course.remove(directory) }
            let path = directory + "/box.db"
            let instants = Instants(of: Ledgers())
            do {
                let database = try Database(path: path, writing: true)
                for migration in Schema.migrations[..<version] { try database.execute(migration) }
                try database.execute("PRAGMA user_version=\(version)")
                try database.setMeta("store", .int(4_711))
                disk.onChange { instants.note($0) }
                try Schema.migrate(database)
            }
            disk.onChange(nil)
            #expect(!instants.seen.isEmpty)
            for (index, instant) in instants.seen.enumerated() where Self.isLong || index % 4 == 0 {
                let cut = VolatileDisk.Cut.allCases[index / 4 % 4]
                try Aftermath.inFiles(of: instant.moment, cut, seed: UInt64(index)) { copy in
                    let database = try Database(path: copy + "/box.db", writing: true)
                    let found = try Schema.checkVersion(database)
                    #expect(found >= version && found <= last, "from \(version): found \(found)")
                    try Schema.migrate(database)
                    #expect(try database.metaInt("store") == 4_711)
                    #expect(try database.first("PRAGMA integrity_check") { $0.text(0) } == "ok")
                }
            }
        }
    }

    @Test("a backup that is cut leaves the office as it was")
    func backup() async throws {
        let course = try Course(seed: Self.seed)
        defer { course.close() }
        try await course.run(rounds: 4)
        let instants = Instants(of: course.ledger)
        course.disk.onChange { instants.note($0) }
        try Snapshot.write(
            of: course.lossy.directory + "/box.db", to: course.lossy.directory + "/copy.db", now: 1)
        course.disk.onChange(nil)
        #expect(instants.seen.count > 5)
        for (index, instant) in instants.seen.enumerated() {
            try await Aftermath.check(instant, VolatileDisk.Cut.allCases[index % 4], seed: UInt64(index))
        }
    }
}

/// The disk and what was promised, at one instant.
struct Instant: Sendable {
    let moment: VolatileDisk.Moment
    let ledger: Ledger
}

/// Takes down instants as they come.
final class Instants: Sendable {
    private let ledger: Ledgers
    private let state = Mutex<[Instant]>([])

    init(of ledger: Ledgers) { self.ledger = ledger }

    var seen: [Instant] { state.withLock { $0 } }

    func note(_ disk: VolatileDisk) {
        // What is promised is read first: a promise given in between is not asked of this instant.
        let promised = ledger.now
        let instant = Instant(moment: disk.moment, ledger: promised)
        state.withLock { $0.append(instant) }
    }
}
