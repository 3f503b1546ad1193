import Bundles
import Testing

@testable import Engine

@Suite("Peer receiver")
struct PeerReceiverTests {
    static let epoch = Epoch(counter: 3, random: 3)

    static func name(_ number: UInt64, _ epoch: Epoch = epoch) -> ParcelName {
        ParcelName(epoch: epoch, number: number)
    }

    static func mail(
        _ number: UInt64, after previous: UInt64? = nil, _ conversation: String = "a", content: UInt8? = nil,
        bytes: Int = 10, epoch: Epoch = epoch
    ) -> ArrivedMail {
        ArrivedMail(
            name: name(number, epoch), predecessor: previous.map { name($0, epoch) },
            conversation: conversation,
            content: [content ?? UInt8(truncatingIfNeeded: number)], bytes: bytes)
    }

    static func receiver(_ settings: ReceiveSettings = ReceiveSettings()) -> PeerReceiver {
        PeerReceiver(storeID: 5, restored: [], waiting: [], settings: settings)
    }

    @Test("a parcel waits for its predecessor, which releases the whole chain in order")
    func chain() {
        var receiver = Self.receiver()
        for number in [4, 3, 2] as [UInt64] {
            let effects = receiver.receive(Self.mail(number, after: number - 1), known: false, now: 7)
            #expect(
                effects == [.store(WaitingParcel(mail: Self.mail(number, after: number - 1), sinceMs: 7))])
        }
        let effects = receiver.receive(Self.mail(1), known: false, now: 8)
        #expect(effects == [.deliver(Self.name(1))] + [2, 3, 4].map { .release(Self.name($0)) })
        #expect(receiver.waitingCount == 0 && receiver.waitingBytes == 0)
    }

    @Test(
        "another conversation does not wait; the same one does, even if the predecessor is not named any more"
    )
    func conversations() {
        var receiver = Self.receiver()
        _ = receiver.receive(Self.mail(2, after: 1), known: false, now: 0)
        #expect(receiver.receive(Self.mail(3, "b"), known: false, now: 0) == [.deliver(Self.name(3))])
        #expect(receiver.receive(Self.mail(4), known: false, now: 0) != [.deliver(Self.name(4))])
        let effects = receiver.receive(Self.mail(1), known: false, now: 0)
        #expect(effects == [.deliver(Self.name(1)), .release(Self.name(2)), .release(Self.name(4))])
    }

    @Test("skipped names release what waited for them")
    func skipping() {
        var receiver = Self.receiver()
        _ = receiver.receive(Self.mail(3, after: 2), known: false, now: 0)
        #expect(
            receiver.skipped(announcement: Self.name(9), never: [Self.name(2)]) == [.release(Self.name(3))])
        receiver.committed(receiver.takeChanges())
        #expect(receiver.acknowledgement.epochs.first?.numbers == RangeSet([2, 3, 9]))
    }

    @Test(
        "known content is acknowledged and not shown; a known number with new content is an alarm and shown")
    func duplicates() {
        var receiver = Self.receiver()
        _ = receiver.receive(Self.mail(1), known: false, now: 0)
        #expect(receiver.receive(Self.mail(1), known: true, now: 0) == [.duplicate(Self.name(1))])
        #expect(
            receiver.receive(Self.mail(1, content: 99), known: false, now: 0)
                == [.alarm(Self.name(1)), .deliver(Self.name(1))])
        #expect(receiver.receive(Self.mail(2), known: true, now: 0) == [.duplicate(Self.name(2))])
        receiver.committed(receiver.takeChanges())
        #expect(receiver.acknowledgement.epochs.first?.numbers == RangeSet([1, 2]))
    }

    @Test("a waiting parcel that comes again is a duplicate, and its new copy can release it")
    func waitingAgain() {
        var receiver = Self.receiver()
        _ = receiver.receive(Self.mail(2, after: 1), known: false, now: 0)
        #expect(receiver.receive(Self.mail(2, after: 1), known: false, now: 0) == [.duplicate(Self.name(2))])
        #expect(
            receiver.receive(Self.mail(2), known: false, now: 0)
                == [.duplicate(Self.name(2)), .release(Self.name(2))])
    }

    @Test("a parcel named anew is shown once, also when its old name still waits")
    func namedAnew() {
        var receiver = Self.receiver()
        let later = Epoch(counter: 4, random: 1)
        _ = receiver.receive(Self.mail(2, after: 1, content: 50), known: false, now: 0)
        let effects = receiver.receive(Self.mail(1, content: 50, epoch: later), known: false, now: 0)
        #expect(effects == [.superseded(Self.name(2)), .deliver(Self.name(1, later))])
        #expect(receiver.waitingCount == 0)
    }

    @Test("only what is synced is acknowledged")
    func acknowledgesAfterCommit() {
        var receiver = Self.receiver()
        _ = receiver.receive(Self.mail(1), known: false, now: 0)
        let first = receiver.takeChanges()
        _ = receiver.receive(Self.mail(2), known: false, now: 0)
        #expect(receiver.acknowledgement.epochs.isEmpty)
        receiver.committed(first)
        #expect(receiver.acknowledgement == OutboxTests.acknowledgement([1]).from(store: 5))
        receiver.committed(receiver.takeChanges())
        #expect(receiver.acknowledgement == OutboxTests.acknowledgement([1, 2]).from(store: 5))
        #expect(receiver.takeChanges().isEmpty)
    }

    @Test("what does not fit is neither kept nor acknowledged, and comes again later")
    func limits() {
        var settings = ReceiveSettings()
        settings.maxWaiting = 3
        settings.maxWaitingBytes = 25
        var receiver = Self.receiver(settings)
        for number in [2, 3] as [UInt64] {
            _ = receiver.receive(Self.mail(number, after: number - 1), known: false, now: 0)
        }
        #expect(receiver.receive(Self.mail(4, after: 3), known: false, now: 0) == [.full(Self.name(4))])
        #expect(receiver.receive(Self.mail(1), known: false, now: 0).count == 3)
        #expect(receiver.receive(Self.mail(4, after: 3), known: false, now: 0) == [.deliver(Self.name(4))])
    }

    @Test("scattered numbers cannot make the ranges or the acknowledgement grow without end")
    func scatteredNumbers() {
        var settings = ReceiveSettings()
        settings.maxRangesPerEpoch = 100
        settings.maxAcknowledgedRanges = 10
        var receiver = Self.receiver(settings)
        for number in UInt64(1)...200 {
            _ = receiver.receive(Self.mail(number * 2, "c\(number)"), known: false, now: 0)
        }
        receiver.committed(receiver.takeChanges())
        #expect(receiver.acknowledgement.epochs.first?.numbers.ranges.count == 10)
        #expect(receiver.receive(Self.mail(1_000, "x"), known: false, now: 0) == [.full(Self.name(1_000))])
        #expect(receiver.receive(Self.mail(3, "x"), known: false, now: 0) == [.deliver(Self.name(3))])
    }

    @Test("a predecessor that never comes holds its followers for a day and no longer")
    func overdue() {
        var receiver = Self.receiver()
        _ = receiver.receive(Self.mail(2, after: 1), known: false, now: 1_000)
        _ = receiver.receive(Self.mail(3, after: 2), known: false, now: 5_000)
        #expect(receiver.releaseOverdue(now: 86_400_999).isEmpty)
        #expect(receiver.releaseOverdue(now: 86_401_000) == [.release(Self.name(2)), .release(Self.name(3))])
    }

    @Test("a name that waits never waits twice, also when a liar has made its epoch forgotten")
    func forgottenWhileWaiting() {
        var settings = ReceiveSettings()
        settings.maxEpochs = 2
        var receiver = Self.receiver(settings)
        _ = receiver.receive(Self.mail(2, after: 1, "a", content: 1), known: false, now: 0)
        for counter: UInt32 in 4...9 {
            let epoch = Epoch(counter: counter, random: 1)
            _ = receiver.receive(
                Self.mail(1, "c", content: UInt8(counter), epoch: epoch), known: false, now: 0)
        }
        let again = receiver.receive(Self.mail(2, after: 1, "b", content: 99), known: false, now: 0)
        #expect(again == [.alarm(Self.name(2)), .deliver(Self.name(2))])
        #expect(receiver.waitingCount == 1)
        #expect(receiver.releaseOverdue(now: settings.longestWaitMs) == [.release(Self.name(2))])
        #expect(receiver.waitingCount == 0 && receiver.waitingBytes == 0)
    }

    @Test("a receiver that starts from the disk goes on where it stopped")
    func restored() {
        let waiting = WaitingParcel(mail: Self.mail(3, after: 2), sinceMs: 0)
        var receiver = PeerReceiver(
            storeID: 5, restored: [(Self.epoch, RangeSet([1, 3]))], waiting: [waiting])
        #expect(receiver.acknowledgement == OutboxTests.acknowledgement([1, 3]).from(store: 5))
        #expect(
            receiver.receive(Self.mail(2, after: 1), known: false, now: 0)
                == [.deliver(Self.name(2)), .release(Self.name(3))])
    }
}

extension Acknowledgement {
    func from(store: UInt64) -> Acknowledgement { Acknowledgement(storeID: store, epochs: epochs) }
}
