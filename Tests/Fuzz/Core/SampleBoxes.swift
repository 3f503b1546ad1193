@testable import Bundles

/// Two boxes whose keys are the same in every run, so that the corpus stays valid. Nobody uses them.
struct SampleBoxes {
    static let shared = SampleBoxes()

    let finance: BoxIdentity
    let interior: BoxIdentity

    private init() {
        do {
            finance = try Self.identity("finance", 1)
            interior = try Self.identity("interior", 2)
        } catch { fatalError("the sample boxes: \(error)") }
    }

    private static func identity(_ name: String, _ number: UInt8) throws -> BoxIdentity {
        func key(_ purpose: UInt8) throws -> X25519KeyPair {
            try X25519KeyPair(secret: Sodium.blake2b(32, [number, purpose]))
        }
        guard let signing = SigningKey(seed: Sodium.blake2b(32, [number, 0])) else {
            fatalError("a seed has 32 bytes")
        }
        return try BoxIdentity(
            name: name, domain: "\(name).gov.test", signing: signing, link: try key(1),
            sealing: [SealingKey(pair: try key(2), createdMs: 1_700_000_000_000)])
    }

    static let epoch = Epoch(counter: 3, random: 42)

    /// From the first to the second.
    var header: BundleHeader {
        BundleHeader(
            class: .chat, isLive: false, origin: finance.boxID, destination: interior.boxID,
            epoch: Self.epoch, sealingKeyID: interior.newestSealingKey.id, lifetimeSeconds: 604_800)
    }

    static let acknowledgement = Acknowledgement(
        storeID: 0xfeed_beef,
        epochs: [
            .init(epoch: Epoch(counter: 1, random: .max), numbers: RangeSet([1, 2, 3, 9, 11, 400])),
            .init(epoch: Epoch(counter: 2, random: 7), numbers: RangeSet()),
        ])

    /// Parcels of every kind.
    static let parcels: [Parcel] = {
        let hash = Sodium.blake2b(32, [1])
        let file = BlobID(bytes: Sodium.blake2b(16, [2]))
        var parcels: [Parcel] = [
            .mail(
                number: 1, previous: .none, acceptedMs: 1_700_000_000_000,
                stanza: Array(SampleStanzas.message.utf8)),
            .mail(
                number: 2, previous: .sameEpoch(1), acceptedMs: 1_700_000_000_500,
                stanza: Array(SampleStanzas.encrypted.utf8)),
            .mail(
                number: 700, previous: .other(Epoch(counter: 1, random: 9), 5), acceptedMs: .max, stanza: []),
            .skipped(number: 3, [ParcelName(epoch: Epoch(counter: 2, random: 1), number: 8)]),
            .state(
                key: "presence/ali@finance.gov.test", version: 12, value: Array(SampleStanzas.presence.utf8)),
            .live(Array(SampleStanzas.query.utf8)), .acknowledgement(acknowledgement),
        ]
        if let file {
            parcels += [
                .blob(
                    BlobParcel(
                        id: file,
                        .manifest(
                            BlobManifest(
                                size: 9_000, hash: hash, type: "text/plain", name: "a.txt",
                                remainingSeconds: 60)))),
                .blob(BlobParcel(id: file, .range(first: 0, bytes: [UInt8](repeating: 7, count: 300)))),
                .blob(BlobParcel(id: file, .absent)),
            ]
        }
        return parcels
    }()
}
