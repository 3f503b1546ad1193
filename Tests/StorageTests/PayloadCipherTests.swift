import Testing

@testable import Storage

@Suite("Encryption at rest")
struct PayloadCipherTests {
    private let text = Array("the budget is not final".utf8)

    @Test("what was sealed for a row opens for that row, and no two seals are alike")
    func roundTrip() throws {
        let cipher = try StoreBench.cipher()
        let sealed = cipher.seal(text, row: 5)
        #expect(try cipher.open(sealed, row: 5) == text)
        #expect(sealed.count == text.count + 40)
        #expect(sealed != cipher.seal(text, row: 5))
        #expect(try cipher.open(cipher.seal([], row: 1), row: 1).isEmpty)
    }

    @Test("a row put in another's place is refused")
    func rowSwap() throws {
        let cipher = try StoreBench.cipher()
        let sealed = cipher.seal(text, row: 5)
        for other: Int64 in [4, 6, -5, .max] {
            #expect(throws: StorageError.self) { try cipher.open(sealed, row: other) }
        }
    }

    @Test("an altered byte anywhere is refused, and so is what is too short")
    func altered() throws {
        let cipher = try StoreBench.cipher()
        let sealed = cipher.seal(text, row: 5)
        for index in sealed.indices {
            var bad = sealed
            bad[index] ^= 1
            #expect(throws: StorageError.self, "byte \(index)") { try cipher.open(bad, row: 5) }
        }
        #expect(throws: StorageError.self) { try cipher.open(Array(sealed.prefix(39)), row: 5) }
        #expect(throws: StorageError.self) { try cipher.open([], row: 5) }
    }

    @Test("another key opens nothing, and a key has 32 bytes")
    func keys() throws {
        let sealed = try StoreBench.cipher(1).seal(text, row: 5)
        #expect(throws: StorageError.self) { try StoreBench.cipher(2).open(sealed, row: 5) }
        #expect(PayloadCipher(key: [1, 2, 3]) == nil)
    }
}
