import Bundles
import Testing

@testable import Engine

@Suite("Receipts of mail")
struct MailNumbersTests {
    private let epoch = Epoch(counter: 2, random: 2)

    private func name(_ number: UInt64, _ counter: UInt32 = 2) -> ParcelName {
        ParcelName(epoch: Epoch(counter: counter, random: 2), number: number)
    }

    @Test("what is noted is told, and stored once; what was skipped is told to nobody")
    func told() {
        var numbers = MailNumbers()
        #expect(numbers.isSilent)
        #expect(numbers.insert(name(1), .skipped) && numbers.isSilent)
        #expect(numbers.insert(name(2), .delivered) && !numbers.insert(name(2), .delivered))
        #expect(numbers.receipts == MailReceipts(delivered: [epoch: RangeSet([2])]))
        #expect(numbers.takeChanges().count == 2 && numbers.takeChanges().isEmpty)
        #expect(numbers.remove(name(1), .skipped) && !numbers.contains(name(1), .skipped))
        let change = numbers.takeChanges()
        #expect(change.count == 1 && change[0].numbers.isEmpty, "the row is removed")
    }

    @Test("a peer that draws epochs without end costs no more than 64 of them")
    func bounded() {
        var numbers = MailNumbers()
        for counter in 1...100 { numbers.insert(name(1, UInt32(counter)), .delivered) }
        let kept = numbers.receipts.delivered.keys.map(\.counter).sorted()
        #expect(kept == Array(37...100))
    }

    @Test("a peer that skips every other number costs no more than 4,096 ranges")
    func ranges() {
        var numbers = MailNumbers()
        for number in 1...5_000 { numbers.insert(name(UInt64(number) * 2), .delivered) }
        #expect(numbers.receipts.delivered[epoch]?.ranges.count == 4_096)
        #expect(numbers.contains(name(10_000), .delivered) && !numbers.contains(name(2), .delivered))
    }

    @Test("receipts are read as they were written; what does not fit is left out, never cut through")
    func coding() throws {
        var receipts = MailReceipts()
        for counter in 1...40 {
            let epoch = Epoch(counter: UInt32(counter), random: 1)
            receipts.delivered[epoch] = RangeSet((1...20).map { UInt64($0 * 3) })
        }
        receipts.refused[epoch] = RangeSet([7])
        receipts.late[epoch] = RangeSet([8, 9])
        #expect(try MailReceipts(decoding: receipts.encoded(maxBytes: 4_096)) == receipts)
        let short = try MailReceipts(decoding: receipts.encoded(maxBytes: 200))
        #expect(short.refused == receipts.refused && short.late == receipts.late)
        #expect(!short.delivered.isEmpty && short.delivered.count < 40)
        #expect(short.delivered.keys.min() ?? .none > Epoch(counter: 30, random: 0), "the newest are told")
    }

    @Test("bytes that are no receipts are refused, cut at any place")
    func malformed() {
        let bytes = MailReceipts(delivered: [epoch: RangeSet([1, 5])]).encoded(maxBytes: 100)
        for length in 0..<bytes.count {
            #expect(throws: ByteError.self) { try MailReceipts(decoding: Array(bytes[..<length])) }
        }
        #expect(throws: ByteError.self) { try MailReceipts(decoding: bytes + [0]) }
    }

    @Test("only what is new is looked at")
    func beyond() {
        let old = MailReceipts(delivered: [epoch: RangeSet([1, 2, 3])])
        let new = MailReceipts(
            delivered: [epoch: RangeSet([1, 2, 3, 4, 9])], refused: [epoch: RangeSet([5])])
        #expect(
            new.beyond(old)
                == MailReceipts(delivered: [epoch: RangeSet([4, 9])], refused: [epoch: RangeSet([5])]))
        #expect(old.beyond(new) == MailReceipts())
    }
}
