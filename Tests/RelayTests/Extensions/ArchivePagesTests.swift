import Testing

@testable import Relay

@Suite("Pages of an archive")
struct ArchivePagesTests {
    @Test("a page that fits stays whole", arguments: [false, true])
    func whole(backwards: Bool) {
        #expect(MessageArchive.fitting([10, 20, 30], backwards: backwards, limit: 60) == 0..<3)
        #expect(MessageArchive.fitting([], backwards: backwards, limit: 60) == 0..<0)
    }

    @Test("a page that is too long loses what would be read last")
    func cut() {
        #expect(MessageArchive.fitting([10, 20, 30], backwards: false, limit: 59) == 0..<2)
        #expect(MessageArchive.fitting([10, 20, 30], backwards: true, limit: 59) == 1..<3)
    }

    @Test("an entry larger than a page is a page", arguments: [false, true])
    func large(backwards: Bool) {
        let kept = MessageArchive.fitting([100, 100, 100], backwards: backwards, limit: 59)
        #expect(kept == (backwards ? 2..<3 : 0..<1))
    }
}
