import Testing

@testable import Relay

@Suite("An inactive client")
struct InactiveHoldTests {
    private var hold = InactiveHold()

    @Test("an active client waits for nothing")
    mutating func active() {
        let waits = hold.takes([1])
        #expect(!waits)
        #expect(hold.release().isEmpty)
    }

    @Test("what waits comes in order, before whatever could not wait, and once")
    mutating func order() {
        #expect(hold.set(inactive: true).isEmpty)
        let both = [hold.takes([1]), hold.takes([2])]
        #expect(both == [true, true])
        #expect(hold.release() == [[1], [2]])
        let third = hold.takes([3])
        #expect(third)
        #expect(hold.set(inactive: false) == [[3]])
        #expect(hold.set(inactive: false).isEmpty)
    }

    @Test("only so many stanzas wait, and only so many bytes")
    mutating func limits() {
        _ = hold.set(inactive: true)
        let waiting = (0...InactiveHold.limit).map { _ in hold.takes([0]) }
        #expect(waiting == [Bool](repeating: true, count: InactiveHold.limit) + [false])
        #expect(hold.release().count == InactiveHold.limit)
        let long = hold.takes([UInt8](repeating: 0, count: InactiveHold.byteLimit))
        let another = hold.takes([0])
        #expect(long && !another)
    }
}
