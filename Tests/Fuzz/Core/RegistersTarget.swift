import FuzzDriver

@testable import Bundles

extension FuzzTarget {
    /// The small signed and unsigned values that boxes tell each other.
    static let registers = FuzzTarget("registers") {
        let boxes = SampleBoxes.shared
        var parcels = ByteWriter()
        for parcel in SampleBoxes.parcels { parcel.encode(into: &parcels) }
        let receipts = MailReceipts(
            delivered: [SampleBoxes.epoch: RangeSet([1, 2, 3, 9])], late: [SampleBoxes.epoch: RangeSet([5])])
        let announcement = SealingAnnouncement(boxes.finance.newestSealingKey).signed(by: boxes.finance)
        return [
            [0] + SampleBoxes.acknowledgement.encoded(), [1] + receipts.encoded(maxBytes: 4_096),
            [2] + announcement, [3] + parcels.bytes, [4] + boxes.finance.encode(),
        ]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        var reader = ByteReader(input.bytes)
        switch input.choice % 5 {
        case 0: acknowledgement(&reader)
        case 1:
            guard let receipts = try? MailReceipts(decoding: input.bytes) else { return }
            _ = try? MailReceipts(decoding: receipts.encoded(maxBytes: 512))
        case 2:
            let key = SampleBoxes.shared.finance.signing.publicKey
            guard let read = try? SealingAnnouncement(verifying: input.bytes, identityKey: key) else {
                return
            }
            promise(
                "only what the box signed is believed",
                read == SealingAnnouncement(SampleBoxes.shared.finance.newestSealingKey))
        case 3:
            while !reader.isAtEnd {
                guard let parcel = try? Parcel.decode(from: &reader) else { return }
                var writer = ByteWriter()
                parcel.encode(into: &writer)
                var again = ByteReader(writer.bytes)
                promise(
                    "a parcel is read as it was written: \(parcel)",
                    (try? Parcel.decode(from: &again)) == parcel && again.isAtEnd)
            }
        default:
            guard let identity = try? BoxIdentity.decode(input.bytes) else { return }
            promise("keys are read as they were written", (try? .decode(identity.encode())) == identity)
        }
    }

    private static func acknowledgement(_ reader: inout ByteReader) {
        guard let read = try? Acknowledgement.decode(from: &reader) else { return }
        var again = ByteReader(read.encoded())
        promise("an acknowledgement reads as written", (try? Acknowledgement.decode(from: &again)) == read)
        var told: [Epoch: RangeSet] = [:]
        for piece in read.split(maxBytes: 64) {
            for entry in piece.epochs { told[entry.epoch, default: RangeSet()].formUnion(entry.numbers) }
        }
        var meant: [Epoch: RangeSet] = [:]
        for entry in read.epochs { meant[entry.epoch, default: RangeSet()].formUnion(entry.numbers) }
        promise("its pieces say the same together", told == meant)
    }
}
