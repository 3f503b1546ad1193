import Testing

@testable import Bundles

@Suite struct NonceTests {
    @Test("a cipher stops before its nonce would repeat")
    func exhaustion() throws {
        let key = Sodium.randomBytes(32)
        var send = CipherState(key: key, nonce: .max - 1)
        var receive = CipherState(key: key, nonce: .max - 1)
        #expect(try receive.decrypt(try send.encrypt([7])) == [7])
        #expect(throws: NoiseError.nonceExhausted) { try send.encrypt([7]) }
        #expect(throws: NoiseError.nonceExhausted) { try receive.decrypt([UInt8](repeating: 0, count: 16)) }
    }
}
