import Testing

@testable import Console

@Suite("Ranges of a file")
struct ByteRangeTests {
    @Test(
        "a range is what lies in the file of it",
        arguments: [
            ("bytes=0-0", ByteRange.part(0..<1)), ("bytes=5-", .part(5..<10)), ("bytes=2-100", .part(2..<10)),
            ("bytes=-3", .part(7..<10)), ("bytes=-30", .part(0..<10)),
            ("bytes=3-99999999999999999999", .part(3..<10)),
        ])
    func parts(header: String, range: ByteRange) { #expect(ByteRange.read(header, size: 10) == range) }

    @Test(
        "nothing of the file",
        arguments: ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-"])
    func none(header: String) { #expect(ByteRange.read(header, size: 10) == .none) }

    @Test(
        "what cannot be read is the whole",
        arguments: [
            "bytes=", "bytes=-", "bytes=4-2", "bytes=1-2,4-5", "bytes=+1-2", "items=0-1", "bytes=1-2-3", "",
        ])
    func whole(header: String) { #expect(ByteRange.read(header, size: 10) == .whole) }

    @Test("no header is the whole") func absent() { #expect(ByteRange.read(nil, size: 10) == .whole) }
}
