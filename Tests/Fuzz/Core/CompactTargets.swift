import FuzzDriver

@testable import Bundles

extension FuzzTarget {
    private static let limit = 1 << 16

    /// Columns of a group as a peer may have written them. The first two bytes: where the blobs begin.
    static let compactDecoding = FuzzTarget("compact-decoding", longest: 8_192) {
        [SampleBoxes.parcels, SampleStanzas.all.map { .live(Array($0.utf8)) }].map { parcels in
            let columns = ParcelColumns.encode(parcels)
            let size = columns.compressible.count
            return [UInt8(size >> 8), UInt8(size & 0xFF)] + columns.compressible + columns.blobs.bytes
        }
    } run: { input in
        guard input.count >= 2 else { return }
        let size = min(Int(input[0]) << 8 | Int(input[1]), input.count - 2)
        let read = try? ParcelColumns.decode(
            compressible: input[2..<2 + size], blobs: input[(2 + size)...], limit: limit)
        guard let read else { return }
        promise("few bytes do not become many", read.bytes <= limit)
        roundTrip(read.parcels)
    }

    /// Any texts as stanzas, parted by zero bytes: what goes in comes out.
    static let compactRoundTrip = FuzzTarget("compact-round-trip", longest: 8_192) {
        SampleStanzas.all.map { Array(($0 + "\0" + $0).utf8) }
            + [
                Array(
                    "<a b='AbCdEf12AbCdEf12' c='550e8400-e29b-41d4-a716-446655440000' d='1234' e='deadbeef01'/>"
                        .utf8)
            ]
    } run: { input in
        let stanzas = input.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        let parcels = stanzas.enumerated().map { index, stanza -> Parcel in
            let number = UInt64(index) + 1
            return switch index % 3 {
            case 0: .mail(number: number, previous: .none, acceptedMs: number &* 77, stanza: stanza)
            case 1: .live(stanza)
            default: .state(key: "k/\(index)", version: number, value: stanza)
            }
        }
        roundTrip(parcels)
        do {
            let content = try BundleContent.encode([parcels])
            promise("a group comes back as it was", try BundleContent.decode(content) == parcels)
        } catch {
            promise("a group of these sizes can be sent: \(error)", false)
        }
    }

    private static func roundTrip(_ parcels: [Parcel]) {
        let columns = ParcelColumns.encode(parcels)
        do {
            let again = try ParcelColumns.decode(
                compressible: columns.compressible[...], blobs: columns.blobs.bytes[...], limit: 1 << 22)
            promise("parcels come back as they were: \(parcels)", again.parcels == parcels)
        } catch {
            promise("parcels that were read can be written and read: \(error), \(parcels)", false)
        }
    }
}
