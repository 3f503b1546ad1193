import Testing

@testable import Storage

@Suite("Files on the disk")
struct ChunkedFileTests {
    private let file = ChunkedFile(key: ChunkedFile.newKey())

    @Test("a chunk opens in its place only, with its key only, and unchanged only")
    func chunk() {
        let sealed = file.seal([1, 2, 3][...], chunk: 7)
        #expect(sealed.count == 3 + ChunkedFile.sealBytes)
        #expect(file.open(sealed, chunk: 7) == [1, 2, 3])
        #expect(file.open(sealed, chunk: 8) == nil)
        #expect(ChunkedFile(key: ChunkedFile.newKey()).open(sealed, chunk: 7) == nil)
        var flipped = sealed
        flipped[0] ^= 1
        #expect(file.open(flipped, chunk: 7) == nil)
        #expect(file.open([], chunk: 0) == nil)
    }

    @Test("the hash of pieces is the hash of the whole")
    func hash() {
        var pieces = ContentHash()
        pieces.update([1, 2])
        pieces.update([])
        pieces.update([3])
        var whole = ContentHash()
        whole.update([1, 2, 3])
        #expect(pieces.finish() == whole.finish())
    }
}
