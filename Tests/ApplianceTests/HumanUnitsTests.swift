import Testing

@testable import Appliance

@Suite("Sizes, times and addresses")
struct HumanUnitsTests {
    @Test(
        "sizes read as written",
        arguments: [
            ("0 B", 0), ("256 KiB", 262_144), ("2 GiB", 2 << 30), ("7MiB", 7 << 20), ("1 TiB", 1 << 40),
        ])
    func sizes(text: String, bytes: Int) throws { #expect(try ByteSize(text).bytes == bytes) }

    @Test(
        "what is no size is refused, also an overflow",
        arguments: [
            "", "KiB", "12", "1.5 MiB", "-1 B", "1 KB", "9223372036854775807 KiB", "99999999999999999999 B",
            "1 B x",
            "٣ B",
        ])
    func badSizes(text: String) { #expect(throws: InvalidText.self) { try ByteSize(text) } }

    @Test(
        "times read as written",
        arguments: [
            ("250 ms", 250), ("4 s", 4000), ("2 minutes", 120_000), ("1 day", 86_400_000),
            ("30 days", 2_592_000_000),
        ])
    func times(text: String, milliseconds: Int64) throws {
        #expect(try TimeSpan(text).milliseconds == milliseconds)
    }

    @Test("sizes and times are written in the largest whole unit")
    func descriptions() {
        #expect(ByteSize(bytes: 262_144).description == "256 KiB")
        #expect(ByteSize(bytes: 1000).description == "1000 B")
        #expect(ByteSize(bytes: 0).description == "0 B")
        #expect(TimeSpan.days(30).description == "30 days")
        #expect(TimeSpan(milliseconds: 4000).description == "4 s")
    }

    @Test(
        "addresses read as written",
        arguments: [
            ("10.0.0.1:80", "10.0.0.1:80"), ("[fd00::1]:7400", "[fd00::1]:7400"), ("fd00::1", "[fd00::1]:9"),
            ("[fd00::1]", "[fd00::1]:9"), ("box.test", "box.test:9"),
        ])
    func addresses(text: String, canonical: String) throws {
        #expect(try HostPort(text, defaultPort: 9).description == canonical)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", ":80", "a:0", "a:65536", "a:x", "a:+5", "[::1", "[a]:5", "300.0.0.1:5", "a b:5",
            "1.2.3.4\u{0}x:5",
        ])
    func badAddresses(text: String) { #expect(throws: InvalidText.self) { try HostPort(text) } }
}
