import Bundles
import Testing

@testable import Storage

@Suite("Rows of files")
actor FileRowsTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        StoreBench.executor
    }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    private func upload(_ id: Int64, token: String) -> Upload {
        Upload(
            id: id, account: 1, name: "plan.pdf", type: "application/pdf", size: 9,
            token: BlobID(token: token).bytes)
    }

    @Test("a slot and a file go when their own time is over, and not before")
    func expiry() async throws {
        let store = try bench.open()
        store.addSlot(upload(1, token: "slot")) { #expect($0 == nil) }
        store.addSlot(upload(2, token: "file")) { #expect($0 == nil) }
        store.complete(upload(2, token: "file"), .init(key: [1], hash: [2])) { #expect($0 == nil) }
        #expect(await store.settle() == nil)
        try await Task.sleep(for: .milliseconds(20))
        store.expireUploads(slotMs: 3_600_000, fileMs: 3_600_000) { #expect($0 == nil) }
        #expect(await store.settle() == nil)
        #expect(try store.upload(id: 1) != nil && store.upload(id: 2)?.name == "plan.pdf")
        store.expireUploads(slotMs: 0, fileMs: 3_600_000) { #expect($0 == nil) }
        #expect(await store.settle() == nil)
        #expect(try store.upload(id: 1) == nil && store.upload(token: BlobID(token: "file").bytes) != nil)
        store.expireUploads(slotMs: 3_600_000, fileMs: 0) { #expect($0 == nil) }
        #expect(await store.settle() == nil)
        #expect(try store.upload(id: 2) == nil)
    }

    @Test("only what was completed lately is given out as recent")
    func recent() async throws {
        let store = try bench.open()
        store.addSlot(upload(1, token: "slot")) { #expect($0 == nil) }
        store.addSlot(upload(2, token: "file")) { #expect($0 == nil) }
        let key = [UInt8](repeating: 7, count: 32)
        store.complete(upload(2, token: "file"), .init(key: key, hash: key)) { #expect($0 == nil) }
        #expect(await store.settle() == nil)
        let found = try store.uploads(completedSince: 0)
        #expect(found.map(\.id) == [2])
        #expect(found.first?.content == .init(key: key, hash: key))
        #expect(try store.uploads(completedSince: store.serviceClock.now() + 1).isEmpty)
        #expect(try store.age(ofUpload: 1) == nil)
        #expect(try store.age(ofUpload: 2) != nil)
    }

    @Test("a copy's units and its end are there after a restart, its name is not in the clear")
    func replica() async throws {
        var store = try bench.open()
        let blob = BlobID(token: "t")
        let manifest = BlobManifest(
            size: 10_000, hash: [UInt8](repeating: 3, count: 32), type: "image/png", name: "secret.png",
            remainingSeconds: 60)
        let row = ReplicaRow(
            id: store.takeID(), peer: 4, blob: blob, manifest: manifest,
            key: [UInt8](repeating: 5, count: 32),
            entered: 1, lifetime: 60_000)
        store.add(replica: row) { #expect($0 == nil) }
        let have = RangeSet([0, 2])
        let id = row.id
        #expect(
            await written(store.journal) { try $0.update(replica: id, have: have, complete: false) } == nil)
        store = try bench.open()
        let found = try #require(try store.replicas().first)
        #expect(found.have == have && !found.isComplete && found.blob == blob && found.peer == 4)
        #expect(found.name == "secret.png" && found.content == row.content && found.lifetime == 60_000)
        #expect(store.takeID() > id)
        let detail = try store.reader.first("SELECT detail FROM replica") { $0.blob(0) } ?? []
        #expect(!String(decoding: detail, as: UTF8.self).contains("secret"))
    }

    @Test("a transfer remembers who has what")
    func transfer() async throws {
        let store = try bench.open()
        let blob = BlobID(token: "t")
        let row = BlobTransferRow(
            peer: 2, blob: blob, upload: 9, acked: RangeSet(), custody: RangeSet(), entered: 5)
        let (acked, custody) = (RangeSet([0, 1]), RangeSet([2]))
        #expect(
            await written(store.journal) {
                try $0.put(transfer: row)
                try $0.update(transfer: blob, peer: 2, acked: acked, custody: custody)
            } == nil)
        let found = try #require(try store.reader.transfers().first)
        #expect(found.acked == acked && found.custody == custody && found.upload == 9)
        #expect(await written(store.journal) { try $0.removeTransfer(blob, peer: 2) } == nil)
        #expect(try store.reader.transfers().isEmpty)
    }
}

@Suite("Files in parts")
struct PartialFileTests {
    @Test("units written in any order, by several openings, make the whole")
    func parts() throws {
        let bench = try StoreBench()
        let path = bench.directory + "/1.copy"
        let key = ChunkedFile.newKey()
        let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        do {
            let file = try PartialFile(path: path, key: key, unit: 4_096)
            try file.write(content[8_192...], from: 2)
            try file.sync()
        }
        let file = try PartialFile(path: path, key: key, unit: 4_096)
        #expect(throws: (any Error).self) { try file.hash(size: content.count) }
        try file.write(content[..<8_192], from: 0)
        try file.sync()
        var hash = ContentHash()
        hash.update(content)
        #expect(try file.hash(size: content.count) == hash.finish())
        let reader = try FileReader(path: path, key: key, size: content.count, chunk: 4_096)
        #expect(try reader.bytes(from: 4_000, to: 9_000) == Array(content[4_000..<4_096]))
    }
}
