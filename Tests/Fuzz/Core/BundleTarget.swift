import FuzzDriver

@testable import Bundles

extension FuzzTarget {
    private static let boxes = SampleBoxes.shared

    /// Sealed and open bundles: header, groups, seal.
    static let bundles = FuzzTarget("bundles", longest: 8_192) {
        let groups = [Array(SampleBoxes.parcels.prefix(3)), Array(SampleBoxes.parcels.dropFirst(3))]
        return [
            [0] + (try BundleContent.encode(groups)),
            [1] + (try OpenBundle.encode(groups, isLive: false, epoch: SampleBoxes.epoch)),
            [1] + (try OpenBundle.encode([], isLive: true, epoch: nil)),
            [2] + boxes.header.encode(sealedSize: 1_000), [3] + Array("<message/>".utf8),
            [0] + (try BundleContent.encode([[.live([UInt8](repeating: 7, count: 70_000))]])),
        ]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        switch input.choice & 3 {
        case 0: if let parcels = try? BundleContent.decode(input.bytes) { writeAndRead(parcels) }
        case 1:
            _ = OpenBundle.isLive(input.bytes)
            if let bundle = try? OpenBundle.decode(input.bytes) { writeAndRead(bundle.parcels) }
        case 2:
            guard let read = try? BundleHeader.decode(input.bytes) else { return }
            let again = try? BundleHeader.decode(read.header.encode(sealedSize: read.sealedSize))
            promise("a header is read as it was written", again?.header == read.header)
        default: sealed(input)
        }
    }

    private static func writeAndRead(_ parcels: [Parcel]) {
        let plain = parcels.reduce(0) { $0 + $1.encodedSize }
        promise("few bytes do not become many", plain <= 2 * BundleContent.maxPlainBytes)
        // What nobody sends may be read, and not fit when it is written again.
        guard let bytes = try? BundleContent.encode([parcels]) else { return }
        promise("parcels that were read can be sent", (try? BundleContent.decode(bytes)) == parcels)
    }

    /// The input sealed: opens as it was, and with one bit changed not at all.
    private static func sealed(_ input: SteeredInput) {
        do {
            var bytes = try Bundle.seal(
                boxes.header, groups: [[.live(input.bytes)]], sender: boxes.finance.link,
                recipientSealingKey: boxes.interior.newestSealingKey.pair.publicKey)
            let key = boxes.interior.newestSealingKey.pair
            let opened = try Bundle.open(bytes, sender: boxes.finance.link.publicKey, recipient: key)
            promise("what was sealed is what is opened", opened == [.live(input.bytes)])
            let place = Int(input.choice >> 2) * bytes.count / 64
            bytes[place] ^= 1 << UInt8(input.bytes.count & 7)
            let altered = try? Bundle.open(bytes, sender: boxes.finance.link.publicKey, recipient: key)
            promise("an altered bundle is not opened", altered == nil)
        } catch {
            promise("a bundle of this size can be sealed: \(error)", false)
        }
    }
}
