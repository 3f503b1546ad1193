import Testing

@testable import dakghar

@Suite("Output for people")
struct HumanOutputTests {
    @Test("sizes have one decimal and the unit that fits")
    func bytes() {
        #expect(HumanText.bytes(0) == "0 B")
        #expect(HumanText.bytes(1023) == "1023 B")
        #expect(HumanText.bytes(1024) == "1.0 KiB")
        #expect(HumanText.bytes(4310) == "4.2 KiB")
        #expect(HumanText.bytes(1_048_575) == "1.0 MiB")
        #expect(HumanText.bytes(52_428_800_000) == "48.8 GiB")
        #expect(HumanText.bytes(.max).hasSuffix(" TiB"))
    }

    @Test("spans are in the largest unit that says enough, a clock that went back is 0 s")
    func spans() {
        #expect(HumanText.span(-5) == "0 s")
        #expect(HumanText.span(119_999) == "119 s")
        #expect(HumanText.span(120_000) == "2 min")
        #expect(HumanText.span(7_200_000) == "2 h")
        #expect(HumanText.span(30 * 86_400_000) == "30 days")
    }

    @Test("a time of today has no date, another day's has one")
    func times() {
        let now = 1_764_022_900_000
        #expect(HumanText.time(now - 1000, now: now).count == 8)
        #expect(HumanText.time(now - 3 * 86_400_000, now: now).count == 19)
        #expect(HumanText.time(nil, now: now) == "-")
    }

    @Test("columns are aligned and no line ends with blanks")
    func table() {
        var table = Table(["name", "way", "notes"], indent: 2)
        table.add(["finance", "-", ""])
        table.add(["hub", "direct", "upstream"])
        #expect(
            table.text == """
                  NAME     WAY     NOTES
                  finance  -
                  hub      direct  upstream

                """)
    }

    @Test("the documented status reads as a page")
    func status() throws {
        let text = """
            {"version":1,"box":{"name":"finance","domain":"finance.gov.test","key":"3f0c","started":1764022000000},
            "links":[{"peer":"interior","state":"up","way":"direct","rate":1180,"rtt":1310,
              "since":1764022852000}],
            "queue":[{"peer":"interior","class":"chat","count":12,"bytes":4310,"oldest":1764022840000}],
            "sessions":{"connected":2},"storage":{"database":1048576,"free":52428800000},
            "clock":{"now":1764022900000},"certificates":{"expires":1798000000000,"root":"self-made"}}
            """
        let lines = try BoxRequest.decode(StatusDocument.self, text).human(now: 1_764_022_900_000).split(
            separator: "\n")
        #expect(lines[0].hasPrefix("finance  finance.gov.test  key 3f0c  running since "))
        let line = "  interior  up  direct  1.2 KiB/s, 1310 ms  since "
        #expect(lines.contains { $0.hasPrefix(line) && $0.hasSuffix(" (48 s)") })
        #expect(lines.contains("  interior  chat  12  4.2 KiB  oldest 60 s"))
        #expect(lines.contains("sessions      2"))
        #expect(lines.contains("storage       database 1.0 MiB, free 48.8 GiB"))
        #expect(lines.contains { $0.hasPrefix("certificates  root self-made, good until 2026-12-") })
    }

    @Test("a status that says only who the box is reads without a gap")
    func smallStatus() throws {
        let text = #"{"box":{"name":"a","domain":"a.test"},"running":false}"#
        let page = try BoxRequest.decode(StatusDocument.self, text).human(now: 0)
        #expect(page.hasPrefix("a  a.test  not running\n"))
        #expect(page.contains("nothing waits"))
    }

    @Test("a made password is shown, a given one is not")
    func users() throws {
        let made = try BoxRequest.decode(UserDocument.self, #"{"version":1,"jid":"a@b.test","password":"x"}"#)
        let given = try BoxRequest.decode(
            UserDocument.self, #"{"version":1,"jid":"a@b.test","password":null}"#)
        #expect(made.human == "a@b.test\npassword: x\n")
        #expect(given.human == "a@b.test\n")
    }

    @Test("an answer that is no document is an error and not a crash")
    func malformed() {
        for text in ["", "{", "[]", #"{"box":7}"#] {
            #expect(throws: CommandFailure.self) { try BoxRequest.decode(StatusDocument.self, text) }
        }
    }
}
