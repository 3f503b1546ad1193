import Bundles
import Engine
import NIOCore
import Storage
import Testing

@testable import Carriers

@Suite("Files of bundles at a post office")
actor StickTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor { OfficeLoop.executor }

    private let bench: OfficeBench
    private let finance: BoxIdentity
    private let water: BoxIdentity

    init() throws {
        bench = try OfficeBench()
        finance = try .generate(name: "finance", domain: "finance.gov.test")
        water = try .generate(name: "water", domain: "water.gov.test")
    }

    private func bundle(
        _ parcels: [Parcel], from origin: BoxIdentity? = nil, to destination: BoxIdentity? = nil,
        isLive: Bool = false, link: X25519KeyPair? = nil
    ) throws -> [UInt8] {
        let (origin, destination) = (origin ?? finance, destination ?? bench.office.identity)
        return try Bundle.seal(
            BundleHeader(
                class: .chat, isLive: isLive, origin: origin.boxID, destination: destination.boxID,
                epoch: Epoch(counter: 1, random: 1), sealingKeyID: destination.newestSealingKey.id,
                lifetimeSeconds: 3_600),
            groups: [parcels], sender: link ?? origin.link,
            recipientSealingKey: destination.newestSealingKey.pair.publicKey)
    }

    private func file(
        _ bundles: [[UInt8]], by signer: BoxIdentity? = nil, for addressee: BoxIdentity? = nil
    ) -> [UInt8] {
        let signer = signer ?? finance
        let preamble = StickPreamble(
            signer: signer.boxID, addressee: (addressee ?? bench.identity).boxID, createdMs: 1)
        var writer = StickWriter(preamble, signing: signer.signing)
        var file = preamble.encoded
        for bundle in bundles { file += writer.append(StickSegment(note: [], bundles: [bundle])) }
        return file + writer.append(StickSegment(kind: .end, note: [], bundles: []))
    }

    private func take(_ file: [UInt8]) async throws -> StickImport.Counts {
        let stick = bench.office.importStick()
        try await first(stick, file)
        try await second(stick, file)
        try stick.endTake()
        return stick.counts
    }

    private func first(_ stick: StickImport, _ file: [UInt8]) async throws {
        let failure = await withCheckedContinuation { done in
            stick.check(file) { done.resume(returning: $0) }
        }
        if let failure { throw failure }
        try stick.endCheck()
    }

    private func second(_ stick: StickImport, _ file: [UInt8]) async throws {
        let failure = await withCheckedContinuation { done in
            stick.take(file) { done.resume(returning: $0) }
        }
        if let failure { throw failure }
    }

    private func refusal(_ file: [UInt8]) async throws -> StickFailure.Kind? {
        do {
            try await first(bench.office.importStick(), file)
            return nil
        } catch let error as StickFailure {
            return error.kind
        }
    }

    @Test("mail is taken once, however often its file comes")
    func twice() async throws {
        try bench.list([finance])
        let stick = try file([bundle([.note(1)]), bundle([.note(2, after: .sameEpoch(1))])])
        let first = try await take(stick)
        #expect(first.messages == 2 && first.known == 0 && first.bundles == 2)
        let again = try await take(stick)
        #expect(again.messages == 0 && again.known == 2)
        await bench.settle()
        #expect(bench.relay.mail == ["1", "2"])
    }

    @Test("one bad bundle at the end, and nothing of the file is taken")
    func wholeOrNothing() async throws {
        try bench.list([finance])
        let good = try bundle([.note(1)])
        let bad: [(bytes: [UInt8], kind: StickFailure.Kind)] = try [
            (bundle([.note(2, from: "minister@water.gov.test")]), .badInput),
            (bundle([.note(2)], isLive: true), .badInput),
            (bundle([.note(2)], link: .generate()), .notPermitted),
            (bundle([.note(2)], from: water), .notPermitted),
            (Array(good.dropLast()), .badInput),
            ([1, 2, 3], .badInput),
        ]
        for bad in bad { #expect(try await refusal(file([good, bad.bytes])) == bad.kind) }
        await bench.settle()
        #expect(bench.relay.mail.isEmpty)
    }

    @Test("a file for another box, of this box, or of an unlisted one is refused")
    func foreign() async throws {
        try bench.list([finance])
        let mail = try bundle([.note(1)])
        #expect(try await refusal(file([mail], for: water)) == .badInput)
        #expect(try await refusal(file([mail], by: bench.identity)) == .badInput)
        #expect(try await refusal(file([mail], by: water)) == .notPermitted)
    }

    @Test("bundles go round by stick as little as by line: of their origin only, and never back")
    func noLoops() async throws {
        try bench.list([finance, water])
        let onward = try bundle([.note(1)], to: water)
        #expect(try await refusal(file([onward])) == nil)
        #expect(
            try await refusal(file([onward], by: water)) == .notPermitted,
            "back to its destination's own file")
        let third = try BoxIdentity.generate(name: "roads", domain: "roads.gov.test")
        try bench.list([finance, water, third])
        #expect(
            try await refusal(file([onward], by: third)) == .notPermitted,
            "of neither its origin nor an upstream")
        #expect(try await refusal(file([bundle([.note(1)], to: finance)])) == .notPermitted)
        #expect(try await take(file([onward])).forOthers == 1)
        #expect(try await take(file([onward])).forOthers == 0)
        await bench.settle()
        let kept = try bench.office.store.reader.transitRows(to: water.boxID, after: 0, limit: 9)
        #expect(kept.count == 1)
        bench.office.settings.forwards = false
        #expect(try await refusal(file([onward])) == .notPermitted)
    }

    @Test("a file that changes between the passes is refused, and nothing unsigned of it is taken")
    func exchanged() async throws {
        try bench.list([finance])
        let honest = try file([bundle([.note(1)]), bundle([.note(2)])])
        for offset in [StickPreamble.size + 10, honest.count - 80] {
            let stick = bench.office.importStick()
            try await first(stick, honest)
            var altered = honest
            altered[offset] ^= 1
            await #expect(throws: StickFailure.self) { try await self.second(stick, altered) }
            #expect(throws: StickFailure.self) { try stick.endTake() }
        }
        let stick = bench.office.importStick()
        try await first(stick, honest)
        try await second(stick, file([bundle([.note(3)])]))
        #expect(throws: StickFailure.self) { try stick.endTake() }
        await bench.settle()
        #expect(
            bench.relay.mail == ["3"],
            "signed by the same box, so it may be taken; the command says what happened")
    }

    @Test("a full disk refuses mail, and receipts still come through")
    func fullDisk() async throws {
        try bench.list([finance])
        bench.office.isDiskFull = { true }
        let receipts = try bundle([.acknowledgement(Acknowledgement(storeID: 1, epochs: []))])
        #expect(try await take(file([receipts])).bundles == 1)
        let mail = try file([bundle([.note(1)])])
        await #expect(throws: StickFailure.self) { try await self.take(mail) }
        #expect(bench.relay.mail.isEmpty)
        bench.office.isDiskFull = { false }
        #expect(try await take(mail).messages == 1)
    }
}
