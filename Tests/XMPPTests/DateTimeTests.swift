import Testing
import XMPP

@Suite("Dates")
struct DateTimeTests {
    @Test(
        "a moment is written and read back",
        arguments: [
            ("2026-11-24T22:12:26.123Z", 1_795_558_346_123), ("1970-01-01T00:00:00.000Z", 0),
            ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T12:00:00.000Z", 951_825_600_000),
            ("0001-01-01T00:00:00.000Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func both(text: String, milliseconds: Int64) throws {
        #expect(DateTime(milliseconds: milliseconds).description == text)
        #expect(try DateTime(text).milliseconds == milliseconds)
    }

    @Test("zones, missing and long fractions are understood")
    func forms() throws {
        #expect(try DateTime("1969-07-21T02:56:15Z") == DateTime("1969-07-20T21:56:15-05:00"))
        #expect(try DateTime("2026-11-25T03:42:26+05:30") == DateTime("2026-11-24T22:12:26Z"))
        #expect(try DateTime("1970-01-01T00:00:00.0019999Z").milliseconds == 1)
        #expect(try DateTime("1970-01-01T00:00:00.5Z").milliseconds == 500)
        #expect(try DateTime("2016-12-31T23:59:60Z") == DateTime("2017-01-01T00:00:00Z"))
    }

    @Test("every day of eight hundred years has one name")
    func everyDay() throws {
        for day in Int64(-200_000)...92_000 {
            let moment = DateTime(milliseconds: day * 86_400_000 + 43_210_987)
            #expect(try DateTime(moment.description) == moment)
        }
    }

    @Test(
        "what is no date is refused",
        arguments: [
            ("", DateTimeError.malformed), ("2026-11-24", .malformed), ("2026-11-24T22:12:26", .malformed),
            ("2026-11-24T22:12:26.Z", .malformed), ("2026-11-24T22:12:26Zx", .malformed),
            ("2026-11-24 22:12:26Z", .malformed), ("2026-13-24T22:12:26Z", .outOfRange),
            ("2026-02-29T22:12:26Z", .outOfRange), ("1900-02-29T22:12:26Z", .outOfRange),
            ("2026-11-24T24:12:26Z", .outOfRange), ("2026-11-24T22:12:26+24:00", .outOfRange),
            ("0000-11-24T22:12:26Z", .outOfRange), ("2026-11-24T22:12:26.\u{663}Z", .malformed),
        ])
    func refused(text: String, error: DateTimeError) {
        #expect(throws: error) { try DateTime(text) }
    }

    @Test("a moment that four digits cannot name becomes the nearest that they can")
    func clamped() {
        #expect(DateTime(milliseconds: .max).description == "9999-12-31T23:59:59.999Z")
        #expect(DateTime(milliseconds: .min).description == "0001-01-01T00:00:00.000Z")
    }
}
