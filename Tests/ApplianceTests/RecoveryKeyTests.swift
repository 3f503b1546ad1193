import Testing

@testable import Appliance

@Suite("Recovery keys") struct RecoveryKeyTests {
    @Test("what is printed is read again, however it is typed")
    func text() throws {
        for _ in 0..<50 {
            let key = RecoveryKey()
            #expect(key.text.split(separator: "-").map(\.count) == Array(repeating: 5, count: 11))
            #expect(RecoveryKey(text: key.text) == key)
            let typed = " " + key.text.uppercased().replacing("-", with: " ").replacing("0", with: "O") + "\n"
            #expect(RecoveryKey(text: typed.replacing("1", with: "l")) == key)
        }
    }

    @Test("a wrong, missing or superfluous character is noticed")
    func slips() throws {
        let text = RecoveryKey().text
        for position in text.indices where text[position] != "-" {
            let other: Character = text[position] == "7" ? "8" : "7"
            var wrong = text
            wrong.replaceSubrange(position...position, with: [other])
            #expect(RecoveryKey(text: wrong) == nil)
        }
        #expect(RecoveryKey(text: String(text.dropLast())) == nil)
        #expect(RecoveryKey(text: text + "7") == nil)
        #expect(RecoveryKey(text: text.replacing("-", with: "u")) == nil)
        #expect(RecoveryKey(text: "") == nil)
        #expect(RecoveryKey(text: String(repeating: "7", count: 10_000)) == nil)
    }

    @Test("what is closed with the public half opens with the key, and with no other")
    func sealing() throws {
        let key = RecoveryKey()
        let kept = try #require(RecoveryKey.PublicHalf(bytes: key.publicHalf.bytes))
        var sealed = kept.seal([1, 2, 3])
        #expect(key.open(sealed) == [1, 2, 3])
        #expect(RecoveryKey().open(sealed) == nil)
        sealed[40] ^= 1
        #expect(key.open(sealed) == nil)
        #expect(RecoveryKey.PublicHalf(bytes: [1, 2, 3]) == nil)
    }
}
