import Testing

@testable import dakghar

@Suite("Passwords from standard input")
struct PasswordInputTests {
    @Test("the end of the line is no part of the password, blanks are", arguments: ["", "\n", "\r\n"])
    func lineEnd(end: String) throws {
        #expect(try PasswordInput.password(Array((" päss word " + end).utf8)) == " päss word ")
    }

    @Test("an empty line, bytes that are no text and far too many are bad input")
    func refused() {
        for bytes in [[], [0x0A], [0x0D, 0x0A], [0xC3, 0x28, 0x0A], [UInt8](repeating: 0x61, count: 5_000)] {
            #expect { try PasswordInput.password(bytes) } throws: { ($0 as? CommandFailure)?.exitCode == 65 }
        }
    }
}
