import Testing

@testable import dakghar

@Suite("Options of every command")
struct BoxOptionsTests {
    @Test(
        "--dir counts wherever it stands, and the command never sees it",
        arguments: [
            ["--dir", "box", "user", "add", "asma"], ["user", "--dir", "box", "add", "asma"],
            ["user", "add", "asma", "--dir", "box"], ["user", "add", "--dir=box", "asma"],
        ])
    func directory(arguments: [String]) throws {
        let (options, rest) = try BoxOptions.take(from: arguments)
        #expect(options == BoxOptions(directory: "box"))
        #expect(rest == ["user", "add", "asma"])
    }

    @Test("--config is taken along with --dir, values with = and blanks included")
    func both() throws {
        let (options, rest) = try BoxOptions.take(from: ["--config=/etc/a=b", "run", "--dir", "my box"])
        #expect(options == BoxOptions(directory: "my box", configuration: "/etc/a=b"))
        #expect(rest == ["run"])
    }

    @Test("nothing after -- is an option")
    func terminator() throws {
        let (options, rest) = try BoxOptions.take(from: ["user", "add", "--", "--dir", "x"])
        #expect(options == BoxOptions())
        #expect(rest == ["user", "add", "--", "--dir", "x"])
    }

    @Test("an option that only begins alike stays with the command")
    func similar() throws {
        #expect(try BoxOptions.take(from: ["--direct", "--configure"]).rest == ["--direct", "--configure"])
    }

    @Test(
        "a missing or contradictory value is a usage error",
        arguments: [
            ["--dir"], ["--dir="], ["--config", "--json"], ["--dir", "--", "x"],
            ["--dir", "a", "--dir", "b"],
        ])
    func refused(arguments: [String]) {
        #expect { try BoxOptions.take(from: arguments) } throws: { ($0 as? CommandFailure)?.exitCode == 64 }
    }
}
