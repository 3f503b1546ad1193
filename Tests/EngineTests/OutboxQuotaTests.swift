import Bundles
import Testing

@testable import Engine

@Suite("Outbox quota")
struct OutboxQuotaTests {
    private let quota = OutboxQuota(total: 1_600, perPeer: 800)

    private func fits(_ parcelClass: ParcelClass, peer: Int, total: Int, reserve: Bool = false) -> Bool {
        quota.excess(1, parcelClass, usesReserve: reserve, queuedForPeer: peer, queued: total) == nil
    }

    @Test("as a queue fills, bulk is refused first, then background, then chat, receipts and urgent last")
    func order() {
        let firstRefusal = [ParcelClass.bulk, .background, .chat, .receipts, .urgent].map { parcelClass in
            (0...2_000).first { !fits(parcelClass, peer: $0, total: $0) } ?? .max
        }
        #expect(firstRefusal == [600, 700, 800, 850, 850])
    }

    @Test("one peer that is full leaves the others their room")
    func share() {
        #expect(quota.excess(1, .chat, queuedForPeer: 800, queued: 800) == .peer)
        #expect(quota.excess(1, .chat, queuedForPeer: 0, queued: 800) == nil)
        #expect(quota.excess(1, .chat, queuedForPeer: 0, queued: 1_600) == .total)
    }

    @Test("what keeps two offices in agreement uses the reserve, which ends too")
    func reserve() {
        #expect(fits(.chat, peer: 849, total: 849, reserve: true))
        #expect(!fits(.chat, peer: 850, total: 850, reserve: true))
    }

    @Test("a share above the whole is the whole")
    func clamped() {
        #expect(OutboxQuota(total: 100, perPeer: 200).perPeer == 100)
    }
}
