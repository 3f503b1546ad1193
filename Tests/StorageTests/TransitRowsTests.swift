import Bundles
import Testing

@testable import Storage

@Suite("Bundles kept for others")
actor TransitRowsTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        StoreBench.executor
    }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    private func filled() async throws -> Store {
        let store = try bench.open()
        for id in 1...8 as ClosedRange<Int64> {
            let row = TransitRow(
                id: id, origin: .test(1), destination: .test(id % 2 == 0 ? 2 : 3), parcelClass: .receipts,
                held: 4,
                entered: UInt64(100 * id), size: Int(id))
            store.keep(transit: row, lifetimeMs: 50, bytes: [UInt8](repeating: UInt8(id), count: Int(id))) {
                #expect($0 == nil)
            }
        }
        #expect(await store.settle() == nil)
        return store
    }

    @Test("rows of one destination come in order, page by page, with the size of what they hold")
    func pages() async throws {
        let store = try await filled()
        let stream = TransitStream(parcelClass: .receipts, origin: .test(1))
        #expect(try store.reader.transitStreams(to: .test(2)) == [stream])
        #expect(try store.reader.transitStreams(to: .test(9)).isEmpty)
        let first = try store.reader.transitRows(to: .test(2), of: stream, after: 0, limit: 3)
        #expect(first.map(\.id) == [2, 4, 6])
        #expect(first.map(\.size) == [2, 4, 6])
        #expect(first.allSatisfy { $0.origin == .test(1) && $0.held == 4 && $0.parcelClass == .receipts })
        #expect(try store.reader.transitRows(to: .test(2), of: stream, after: 6, limit: 3).map(\.id) == [8])
        #expect(try store.reader.transitRows(to: .test(9), of: stream, after: 0, limit: 3).isEmpty)
        #expect(try store.reader.transitBytes(id: 3) == [3, 3, 3])
    }

    @Test("depth and bytes of an origin follow what is removed")
    func depth() async throws {
        let store = try await filled()
        #expect(try store.reader.transitDepth() == (8, 36))
        #expect(await written(store.journal) { try $0.removeTransit(ids: [1, 8, 99]) } == nil)
        #expect(try store.reader.transitDepth() == (6, 27))
        let origins = try store.reader.transitBytesByOrigin()
        #expect(origins.count == 1)
        #expect(origins.first?.0 == .test(1) && origins.first?.1 == 27)
        #expect(try store.reader.transitOrigin(id: 2)?.1 == 2)
        #expect(try store.reader.transitOrigin(id: 1) == nil)
    }

    @Test("what has outlived its time goes, by the clock of service")
    func expiry() async throws {
        let store = try await filled()
        #expect(await written(store.journal) { try $0.expireTransit(at: 350) } == nil)
        #expect(try store.reader.transitDepth().bundles == 5)
        #expect(try store.reader.transitBytes(id: 3) == nil)
        #expect(try store.reader.transitBytes(id: 4) != nil)
    }
}
