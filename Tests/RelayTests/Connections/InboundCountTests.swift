import Testing

@testable import Relay

@Suite("Counting what a client sent")
struct InboundCountTests {
    private var count = InboundCount()

    @Test("nothing behind a stanza that is not on the disk is acknowledged")
    mutating func order() {
        count.next()
        count.next()
        let second = count.begin()
        count.next()
        #expect(count.handled == 1 && count.taken == 3 && !count.isSettled)
        count.finish(second)
        #expect(count.handled == 3 && count.isSettled)
    }

    @Test("stanzas may finish in any order")
    mutating func anyOrder() {
        var tickets: [InboundCount.Ticket] = []
        for _ in 0..<3 {
            count.next()
            tickets.append(count.begin())
        }
        count.finish(tickets[1])
        #expect(count.handled == 0)
        count.finish(tickets[0])
        #expect(count.handled == 2)
        count.finish(tickets[2])
        #expect(count.handled == 3)
    }

    @Test("what was sent before stream management settles nothing that came after")
    mutating func restart() {
        count.next()
        let before = count.begin()
        count.restart()
        #expect(count.handled == 0 && count.taken == 0)
        count.next()
        let after = count.begin()
        count.finish(before)
        #expect(count.handled == 0)
        count.finish(after)
        #expect(count.handled == 1)
    }

    @Test("a client that sends faster than the disk takes it has to wait, by number and by bytes")
    mutating func fullness() {
        let large = count.begin(bytes: InboundCount.byteLimit)
        #expect(count.isFull)
        count.finish(large)
        #expect(!count.isFull)
        for _ in 0..<InboundCount.limit {
            count.next()
            _ = count.begin()
        }
        #expect(count.isFull)
        count.restart()
        #expect(!count.isFull)
    }
}
