import Bundles
import Testing

@testable import Storage

@Suite("Contact cards on the disk")
actor CardRowsTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor { StoreBench.executor }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    private let text = Array("<vCard xmlns='vcard-temp'/>".utf8)

    /// Two accounts with cards; the first has a contact in each of two offices, the second asked only.
    private func filled() async throws -> Store {
        let store = try bench.open()
        for name in ["minister", "clerk"] {
            store.addAccount(localpart: name, admin: false, sha1: [1], sha256: [1]) { _ in }
        }
        #expect(await store.settle() == nil)
        let minister = try #require(store.account("minister")).id
        let clerk = try #require(store.account("clerk")).id
        for id in [minister, clerk] { _ = store.setCard(text + [UInt8(id)], of: id) { #expect($0 == nil) } }
        var contacts = ["a@one.example", "b@rooms.two.example", "c@three.example"].map { RosterItem(jid: $0) }
        contacts[0].from = true
        contacts[1].to = true
        contacts[2].pendingOut = true
        for item in contacts { store.journal.commit({ try $0.put(item, account: minister, version: 1) }) }
        var asked = RosterItem(jid: "a@one.example")
        asked.pendingIn = true
        let last = asked
        store.journal.commit({ try $0.put(last, account: clerk, version: 1) })
        #expect(await store.settle() == nil)
        return store
    }

    @Test("a card is sealed for its account and comes back; each write has a new tag")
    func roundTrip() async throws {
        let store = try await filled()
        let account = try #require(store.account("minister"))
        #expect(try store.card(of: account.id) == text + [UInt8(account.id)])
        #expect(try store.card(of: 99) == nil)
        let before = try store.reader.cardTag(account: account.id)
        let tag = store.setCard(text, of: account.id) { #expect($0 == nil) }
        #expect(await store.settle() == nil)
        #expect(try store.card(of: account.id) == text)
        #expect(try store.reader.cardTag(account: account.id) == tag)
        #expect(tag != before)
        let other = try #require(store.account("clerk")).id
        let id = account.id
        let swap = await written(store.journal) {
            try $0.run(
                "UPDATE vcard SET bytes=(SELECT bytes FROM vcard WHERE account=?) WHERE account=?",
                .integer(other),
                .integer(id))
        }
        #expect(swap == nil)
        #expect(throws: StorageError.self) { try store.card(of: id) }
    }

    @Test("an office is told of those who have a subscription with somebody there, and of nobody else")
    func notices() async throws {
        let store = try await filled()
        #expect(try store.reader.cards(forContactsIn: "one.example").map(\.localpart) == ["minister"])
        #expect(try store.reader.cards(forContactsIn: "two.example").map(\.localpart) == ["minister"])
        #expect(try store.reader.cards(forContactsIn: "three.example").isEmpty)
        #expect(try store.reader.cards(forContactsIn: "ne.example").isEmpty)
        #expect(try store.reader.cards(forContactsIn: "example").count == 1)
    }

    @Test("a removed account's card goes with it")
    func removed() async throws {
        let store = try await filled()
        let account = try #require(store.account("minister"))
        store.removeAccount(account) { #expect($0 == nil) }
        #expect(await store.settle() == nil)
        #expect(try store.card(of: account.id) == nil)
        #expect(try store.reader.cards(forContactsIn: "one.example").isEmpty)
    }

    @Test("a peer's register is kept sealed, for that peer and key alone, until an empty value removes it")
    func keptRegisters() async throws {
        let store = try bench.open()
        let epoch = Epoch(counter: 4, random: 2)
        store.keep(register: "vcard/a@one.example", epoch: epoch, counter: 3, value: text, peer: 1)
        store.keep(register: "vcard/b@one.example", epoch: epoch, counter: 4, value: text, peer: 1)
        store.journal.commit({
            try $0.putRegister(peer: 1, key: "sealing", epoch: epoch, counter: 1, value: [1])
        })
        #expect(await store.settle() == nil)
        #expect(try store.keptRegister("vcard/a@one.example", peer: 1) == text)
        #expect(try store.keptRegister("vcard/a@one.example", peer: 2) == nil)
        let kept = try store.reader.keptRegisters(peer: 1, prefix: "vcard/").sorted { $0.key < $1.key }
        #expect(kept.map(\.counter) == [3, 4])
        #expect(kept.allSatisfy { $0.epoch == epoch && $0.size == text.count + 40 })
        #expect(try store.reader.registers(peer: 1).map(\.key) == ["sealing"])
        #expect(
            await written(store.journal) {
                try $0.run("UPDATE register SET peer=2 WHERE key LIKE 'vcard/a%'")
            } == nil)
        #expect(throws: StorageError.self) { try store.keptRegister("vcard/a@one.example", peer: 2) }
        store.keep(register: "vcard/b@one.example", epoch: epoch, counter: 5, value: [], peer: 1)
        #expect(await store.settle() == nil)
        #expect(try store.keptRegister("vcard/b@one.example", peer: 1) == nil)
    }
}
