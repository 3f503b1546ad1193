import Bundles
import Storage
import Testing

@testable import Carriers

@Suite("The week of a sealing key")
actor SealingRotationTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor { OfficeLoop.executor }

    private static let day: UInt64 = 86_400_000

    private func bench(ages: [UInt64]) throws -> OfficeBench {
        let names = try BoxIdentity.generate(name: "interior", domain: "interior.gov.test")
        let keys = ages.map { SealingKey(pair: .generate(), createdMs: Clocks.wall() - $0 * Self.day) }
        let bench = try OfficeBench(
            own: BoxIdentity(
                name: names.name, domain: names.domain, signing: names.signing, link: names.link,
                sealing: keys))
        try bench.list([.generate(name: "finance", domain: "finance.gov.test")])
        return bench
    }

    private struct NotWritten: Error {}

    @Test("after a week a new key is written, then told, and the old one still opens")
    func weekly() async throws {
        let bench = try bench(ages: [8])
        let old = bench.office.identity.newestSealingKey
        var saved: [BoxIdentity] = []
        bench.office.saveIdentity = { identity in
            #expect(bench.office.identity.newestSealingKey == old, "nobody hears of it before it is written")
            saved.append(identity)
        }
        bench.office.expire()
        bench.office.expire()
        #expect(saved.count == 1)
        let new = bench.office.identity.newestSealingKey
        #expect(new != old && saved.first == bench.office.identity)
        #expect(bench.office.identity.sealingKey(id: old.id) == old)
        for peer in bench.office.peers.values {
            let told = try #require(peer.registers[SealingAnnouncement.register])
            let announced = try SealingAnnouncement(
                verifying: told.value, identityKey: bench.identity.signing.publicKey)
            #expect(announced.keyID == new.id)
        }
        await bench.settle()
    }

    @Test("a key that cannot be written is not used")
    func notWritten() async throws {
        let bench = try bench(ages: [8])
        let before = bench.office.identity
        bench.office.saveIdentity = { _ in throw NotWritten() }
        bench.office.expire()
        #expect(bench.office.identity == before)
        bench.office.saveIdentity = nil
        bench.office.expire()
        #expect(bench.office.identity == before)
        await bench.settle()
    }

    @Test("keys are erased a week after the longest lifetime of what was sealed to them")
    func erased() async throws {
        let bench = try bench(ages: [60, 45, 30, 1])
        let keys = bench.office.identity.sealing
        bench.office.saveIdentity = { _ in }
        bench.office.expire()
        // The oldest was replaced 45 days ago, the second 30 days ago; mail lives 30 days.
        #expect(bench.office.identity.sealing == Array(keys.dropFirst()))
        await bench.settle()
    }

    @Test("within its week a key stays, and nothing is written")
    func stays() async throws {
        let bench = try bench(ages: [6])
        bench.office.saveIdentity = { _ in Issue.record("written") }
        bench.office.expire()
        #expect(bench.office.identity == bench.identity)
        await bench.settle()
    }
}
