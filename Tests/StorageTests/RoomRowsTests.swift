import Bundles
import Engine
import Testing

@testable import Storage

@Suite("Rooms on the disk")
actor RoomRowsTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor { StoreBench.executor }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    private let secret = Array("the minister resigns".utf8)

    private func say(_ bytes: [UInt8], in room: Int64, by sender: Int64, isHistory: Bool, _ store: Store)
        -> Int64
    {
        var kept = KeptStanza(id: store.takeID(), time: store.wallNow(), bytes: bytes)
        kept.room = .init(
            room: room, sender: sender, event: RoomEventName(origin: 7, counter: 1, time: 1),
            isHistory: isHistory)
        store.keep(kept) { #expect($0 == nil) }
        return kept.id
    }

    @Test("registers come back as they were, sealed each for its own name")
    func registers() async throws {
        let store = try bench.open()
        let row = RoomRow(id: 1, localpart: "council", creator: 1, created: 5)
        store.journal.commit(store.insertRoom(row))
        let one = RoomRegister(value: "owner\n\n", version: RoomVersion(time: .max, box: .max - 1))
        let gone = RoomRegister(value: nil, version: RoomVersion(time: 2, box: 3))
        store.journal.commit(store.putRoomRegister(1, "affiliation/a@x", one))
        store.journal.commit(store.putRoomRegister(1, "subject", gone))
        #expect(await store.settle() == nil)
        #expect(try store.rooms() == [row])
        #expect(try store.highestRoom() == 1)
        #expect(try store.roomState(1).registers == ["affiliation/a@x": one, "subject": gone])
        let moved = await written(store.journal) {
            try $0.run("UPDATE room_register SET name='affiliation/b@x' WHERE name='affiliation/a@x'")
        }
        #expect(moved == nil)
        #expect(throws: StorageError.self) { try store.roomState(1) }
    }

    @Test("the archive of a room gives pages without what is no history, and no room another's")
    func archive() async throws {
        let store = try bench.open()
        let sender = try store.number(of: "a@x")
        let first = say(secret, in: 1, by: sender, isHistory: true, store)
        let second = say([2], in: 1, by: 0, isHistory: false, store)
        _ = say([3], in: 2, by: sender, isHistory: true, store)
        #expect(await store.settle() == nil)
        let page = try store.roomArchivePage(room: 1, ArchiveQuery())
        #expect(page.entries.map(\.id) == [first, second])
        #expect(page.entries.map(\.sender) == ["a@x", nil])
        #expect(page.entries[0].bytes == secret)
        #expect(page.complete)
        let history = try store.roomArchivePage(room: 1, ArchiveQuery(), historyOnly: true)
        #expect(history.entries.map(\.id) == [first])
        #expect(try store.roomArchiveEntry(room: 2, id: first) == nil)
    }

    @Test("a tombstone takes the words off the disk, and a removed room all of its own and nothing else")
    func removal() async throws {
        let store = try bench.open()
        store.journal.commit(store.insertRoom(RoomRow(id: 1, localpart: "council", creator: 1, created: 5)))
        let first = say(secret, in: 1, by: 0, isHistory: true, store)
        let other = say([3], in: 2, by: 0, isHistory: true, store)
        #expect(await store.settle() == nil)
        store.journal.commit(store.replaceRoomPayload(first, with: [9]))
        #expect(await store.settle() == nil)
        #expect(try store.roomArchiveEntry(room: 1, id: first)?.bytes == [9])
        store.journal.commit(store.removeRoom(1))
        #expect(await store.settle() == nil)
        #expect(try store.rooms().isEmpty)
        #expect(try store.payload(first) == nil)
        #expect(try store.payload(other) == [3])
        #expect(try store.highestRoom() == 1)
    }
}
