import Testing

@testable import Bundles

@Suite("Parcels of files")
struct BlobParcelTests {
    private let id = BlobID(token: "0123456789012345678901")

    private func roundTrip(_ parcel: Parcel) throws -> Parcel {
        var writer = ByteWriter()
        parcel.encode(into: &writer)
        var reader = ByteReader(writer.bytes)
        let read = try Parcel.decode(from: &reader)
        try reader.expectEnd()
        return read
    }

    @Test("every word of a file is the same after the trip")
    func roundTrips() throws {
        let bodies: [BlobParcel.Body] = [
            .manifest(
                BlobManifest(
                    size: 5 << 20, hash: Array(0..<32), type: "image/jpeg", name: "größe.jpg",
                    remainingSeconds: 7_776_000)),
            .range(first: 300, bytes: [1, 2, 3]),
            .report(BlobReport(state: .receiving, generation: 9, units: RangeSet([0, 1, 2, 7]))),
            .report(BlobReport(state: .noRoom, generation: 0, units: RangeSet())),
            .request(from: 12),
            .absent,
        ]
        for body in bodies {
            let parcel = Parcel.blob(BlobParcel(id: id, body))
            #expect(try roundTrip(parcel) == parcel)
        }
    }

    @Test(
        "a name that could lead elsewhere is refused", arguments: ["../x", "a/b", "a\\b", "a\nb", "\u{7F}"])
    func names(name: String) {
        let manifest = BlobManifest(
            size: 1, hash: Array(0..<32), type: "text/plain", name: name, remainingSeconds: 1)
        #expect(throws: ByteError.self) {
            _ = try roundTrip(.blob(BlobParcel(id: id, .manifest(manifest))))
        }
    }

    @Test("a type that could add a header is refused", arguments: ["a b", "a\r\nb", "ü"])
    func types(type: String) {
        let manifest = BlobManifest(
            size: 1, hash: Array(0..<32), type: type, name: "x", remainingSeconds: 1)
        #expect(throws: ByteError.self) {
            _ = try roundTrip(.blob(BlobParcel(id: id, .manifest(manifest))))
        }
    }

    @Test("what is too large or empty is refused")
    func limits() {
        let tooMany = [UInt8](repeating: 0, count: BlobParcel.maxUnits * BlobParcel.unitBytes + 1)
        for body in [
            BlobParcel.Body.range(first: 0, bytes: tooMany), .range(first: 0, bytes: []),
            .range(first: 1 << 60, bytes: [1]),
        ] {
            #expect(throws: ByteError.self) { _ = try roundTrip(.blob(BlobParcel(id: id, body))) }
        }
    }

    @Test("a full range and the longest manifest fit into one bundle")
    func fits() {
        let text = String(repeating: "n", count: BlobParcel.maxNameBytes)
        let manifest = BlobManifest(
            size: BlobParcel.maxFileBytes, hash: Array(0..<32),
            type: String(repeating: "t", count: BlobParcel.maxTypeBytes), name: text, remainingSeconds: .max)
        let range = [UInt8](repeating: 0, count: BlobParcel.maxUnits * BlobParcel.unitBytes)
        let size =
            Parcel.blob(BlobParcel(id: id, .manifest(manifest))).encodedSize
            + Parcel.blob(BlobParcel(id: id, .range(first: 1 << 27, bytes: range))).encodedSize
        #expect(Bundle.contentSize(parcelBytes: size) <= Bundle.contentCapacity)
    }
}
