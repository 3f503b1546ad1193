import Storage
import Testing

@testable import Relay

@Suite("Stream management")
struct StreamManagementTests {
    private var management = StreamManagement(isResumable: true)

    @Test("a client can acknowledge what it was sent, no more, and take nothing back")
    mutating func bounds() {
        for entry in 1...3 { management.sent([0], entry: Int64(entry)) }
        #expect(management.accepts(0) && management.accepts(3) && !management.accepts(4))
        #expect(management.acknowledged(2) == [1, 2])
        #expect(!management.accepts(1) && management.accepts(2) && management.accepts(3))
        #expect(management.acknowledged(2).isEmpty)
    }

    @Test("what was not acknowledged is sent again, in order")
    mutating func resending() {
        for byte in 1...4 { management.sent([UInt8(byte)], entry: nil) }
        #expect(management.acknowledged(2).isEmpty)
        #expect(management.unacknowledged == [[3], [4]])
        #expect(management.waitingBytes == 2 && management.sentCount == 4)
    }

    @Test("a resumption that told the client what is handled leaves no digest of it")
    mutating func digests() {
        for count in 1...3 {
            management.took([UInt8](repeating: UInt8(count), count: 16), count: UInt32(count))
        }
        management.resumed(handled: 2)
        #expect(management.record(account: 1, h: 3)?.unacknowledged == [UInt8](repeating: 3, count: 16))
    }

    @Test("only the newest digests are kept")
    mutating func digestLimit() {
        for count in 1...2_000 { management.took([UInt8](repeating: 0, count: 16), count: UInt32(count)) }
        #expect(
            management.record(account: 1, h: 2_000)?.unacknowledged.count == 16 * StreamManagement.digestLimit
        )
    }
}
