import Testing

@testable import QRCodes

@Suite("QR codes")
struct QRCodeTests {
    @Test("a code has the three finder patterns and is as small as its text allows")
    func finders() throws {
        let code = try #require(QRCode("xmpp:asma@finance.gov.test?register;preauth=3f0c91be"))
        #expect(code.side == 33)
        for (x, y) in [(0, 0), (code.side - 7, 0), (0, code.side - 7)] {
            let ring = (0..<7).allSatisfy { code.isDark(x + $0, y) && code.isDark(x, y + $0) }
            #expect(ring && !code.isDark(x + 1, y + 1) && code.isDark(x + 3, y + 3))
        }
        #expect(!code.isDark(-1, 0) && !code.isDark(0, code.side))
    }

    @Test("a text too long for any code gives none")
    func tooLong() {
        #expect(QRCode(String(repeating: "a", count: 2_331))?.side == 177)
        #expect(QRCode(String(repeating: "a", count: 2_332)) == nil)
        #expect(QRCode(String(repeating: "a", count: 5_000)) == nil)
    }

    @Test("in a terminal every module is drawn, with its quiet zone")
    func terminal() throws {
        let code = try #require(QRCode("short"))
        let lines = code.terminalText.split(separator: "\n").map { line in
            line.replacing("\u{1B}[30;107m", with: "").replacing("\u{1B}[0m", with: "")
        }
        #expect(lines.count == (code.side + 9) / 2)
        for (row, line) in lines.enumerated() {
            let cells = Array(line)
            #expect(cells.count == code.side + 8)
            for (column, cell) in cells.enumerated() {
                let (x, y) = (column - 4, row * 2 - 4)
                #expect(("▀█".contains(cell)) == code.isDark(x, y))
                #expect(("▄█".contains(cell)) == code.isDark(x, y + 1))
            }
        }
    }

    @Test("as SVG it has no script and no style, which the policy of the pages would refuse")
    func svg() throws {
        let code = try #require(QRCode("short"))
        let svg = code.svg(label: "Invitation")
        #expect(svg.contains("viewBox=\"0 0 29 29\""))
        #expect(!svg.contains("style") && !svg.contains("script"))
        let drawn = svg.split(separator: "M").dropFirst().reduce(0) { sum, run in
            sum + (Int(run.split(separator: "h")[1].split(separator: "v")[0]) ?? 0)
        }
        let dark = (0..<code.side).reduce(0) { sum, y in
            sum + (0..<code.side).count { code.isDark($0, y) }
        }
        #expect(drawn == dark)
    }
}
