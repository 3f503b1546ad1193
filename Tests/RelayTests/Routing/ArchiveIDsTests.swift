import Testing

@testable import Relay

@Suite("Archive ids")
struct ArchiveIDsTests {
    private let ids = ArchiveIDs(key: [UInt8](0..<16))

    @Test("an id names its entry", arguments: [1, 2, 77, Int64.max] as [Int64])
    func roundTrip(entry: Int64) {
        let text = ids.text(account: 7, entry: entry)
        #expect(text.utf8.count == 22)
        #expect(ids.entry(text, account: 7) == entry)
    }

    @Test("an id of one account means nothing in another's archive")
    func foreign() {
        #expect(ids.entry(ids.text(account: 7, entry: 1), account: 8) == nil)
    }

    @Test("an id of another box means nothing here")
    func otherKey() {
        let other = ArchiveIDs(key: [UInt8](1..<17))
        #expect(ids.entry(other.text(account: 7, entry: 1), account: 7) == nil)
    }

    @Test(
        "what is no id is refused",
        arguments: ["", "1", "AAAAAAAAAAAAAAAAAAAAAA", "…………………………", "A+/AAAAAAAAAAAAAAAAAAA"])
    func noID(text: String) {
        #expect(ids.entry(text, account: 7) == nil)
    }

    @Test("ids that follow each other look nothing like it")
    func unpredictable() {
        let all = (1...1_000).map { ids.text(account: 1, entry: Int64($0)) }
        #expect(Set(all).count == all.count)
        #expect(Set(all.map { $0.prefix(4) }).count > 900)
    }
}
