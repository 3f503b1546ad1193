import Bundles

/// Bytes of hexadecimal text in test vectors.
func hex(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
}

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Two boxes, and a header for bundles from the first to the second.
struct TwoBoxes {
    let finance: BoxIdentity
    let interior: BoxIdentity
    let header: BundleHeader

    init() throws {
        finance = try .generate(name: "finance", domain: "finance.gov.test", nowMs: 1_000)
        interior = try .generate(name: "interior", domain: "interior.gov.test", nowMs: 1_000)
        header = BundleHeader(
            class: .chat, isLive: false, origin: finance.boxID, destination: interior.boxID,
            epoch: Epoch(counter: 3, random: 42), sealingKeyID: interior.newestSealingKey.id,
            lifetimeSeconds: 604_800)
    }

    func seal(_ groups: [[Parcel]]) throws -> [UInt8] {
        try Bundle.seal(
            header, groups: groups, sender: finance.link,
            recipientSealingKey: interior.newestSealingKey.pair.publicKey)
    }

    func open(_ bytes: [UInt8]) throws -> [Parcel] {
        try Bundle.open(bytes, sender: finance.link.publicKey, recipient: interior.newestSealingKey.pair)
    }
}

/// One parcel of every kind.
let sampleParcels: [Parcel] = [
    .mail(number: 1, previous: .none, acceptedMs: 1_700_000_000_000, stanza: Array("<message/>".utf8)),
    .mail(number: 700, previous: .sameEpoch(699), acceptedMs: 0, stanza: []),
    .mail(
        number: .max, previous: .other(Epoch(counter: 1, random: 9), 5), acceptedMs: .max,
        stanza: Array("<message>سلام</message>".utf8)),
    .skipped(number: 3, [ParcelName(epoch: Epoch(counter: 2, random: 1), number: 8)]),
    .state(key: "presence/ali@finance.gov.test", version: 12, value: Array("<presence/>".utf8)),
    .live(Array("<iq/>".utf8)),
    .acknowledgement(sampleAcknowledgement),
]

let sampleAcknowledgement = Acknowledgement(
    storeID: 0xfeed_beef,
    epochs: [
        .init(epoch: Epoch(counter: 1, random: .max), numbers: RangeSet([1, 2, 3, 9, 11, 400])),
        .init(epoch: Epoch(counter: 2, random: 7), numbers: RangeSet()),
    ])
