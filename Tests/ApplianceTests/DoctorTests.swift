import Testing

@testable import Appliance

@Suite("Questions to a resolver") struct DNSMessageTests {
    private static let head: [UInt8] = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]
    private static let question: [UInt8] = [1, 0x61, 4, 0x74, 0x65, 0x73, 0x74, 0, 0, 1, 0, 1]

    @Test("a question is what RFC 1035 says")
    func question() {
        #expect(
            DNSMessage.question("a.test", .a, id: 0x1234)
                == [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + Self.question)
        #expect(DNSMessage.question("a..test", .a, id: 1) == nil)
        #expect(DNSMessage.question(String(repeating: "a", count: 64), .a, id: 1) == nil)
    }

    @Test("addresses and services are read, also behind a pointer")
    func answers() throws {
        let address: [UInt8] = [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 20, 0, 4]
        #expect(
            try DNSMessage.answers(Self.head + Self.question + address, id: 0x1234)
                == [.address("10.20.0.4")])
        let service: [UInt8] = [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 9, 0, 8, 0, 0, 0, 0, 0x14, 0x67, 0xC0, 12]
        #expect(
            try DNSMessage.answers(Self.head + Self.question + service, id: 0x1234)
                == [.service(target: "a.test", port: 5223)])
        let other: [UInt8] = [0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 9, 0, 2, 1, 65]
        #expect(try DNSMessage.answers(Self.head + Self.question + other, id: 0x1234).isEmpty)
    }

    @Test("a refusal is told from nonsense")
    func refusals() {
        var refused = Self.head + Self.question
        refused[3] = 0x85
        #expect(throws: DNSMessage.Refusal.code(5)) { try DNSMessage.answers(refused, id: 0x1234) }
        #expect(throws: DNSMessage.Refusal.malformed) {
            try DNSMessage.answers(Self.head + Self.question, id: 0x4321)
        }
    }

    @Test("no reply brings the reader down, and no pointer leads it round for ever")
    func hostile() {
        let loop = Self.head + [0xC0, 12, 0, 1, 0, 1]
        #expect(throws: DNSMessage.Refusal.malformed) { try DNSMessage.answers(loop, id: 0x1234) }
        let whole =
            Self.head + Self.question + [
                0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 9, 0, 8, 0, 0, 0, 0, 0x14, 0x67, 0xC0, 40,
            ]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<3 {
                bytes[Int.random(in: 2..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            _ = try? DNSMessage.answers(bytes, id: 0x1234)
        }
    }
}

@Suite("The doctor") struct DoctorTests {
    private static let now: UInt64 = 1_800_000_000_000
    private static let day: UInt64 = 86_400_000

    private func facts(
        running: Bool = true, lastBackup: UInt64? = now, expires: Int64? = Int64(now + 100 * day)
    ) -> BoxFacts {
        BoxFacts(
            running: running, now: Self.now, peers: [], lastBackup: lastBackup, certificateExpires: expires,
            renewsItself: true)
    }

    @Test("whatever is not good says what to do")
    func advice() {
        let own = ["10.20.0.4"]
        let service = LANNames.Service(name: "_xmpps-client._tcp.a.test", target: "a.test", port: 5555)
        let findings = [
            Checks.box(facts(running: false), directory: "/box"),
            Checks.clock(facts(), system: Self.now - 120_000, isKept: true),
            Checks.clock(facts(), system: Self.now, isKept: false),
            Checks.disk(free: 1 << 20, total: 1 << 40), Checks.disk(free: 600 << 20, total: 1 << 40),
            Checks.certificate(facts(expires: nil)), Checks.certificate(facts(expires: 5)),
            Checks.certificate(facts(expires: Int64(Self.now + 3 * Self.day))),
            Checks.port("xmpp", "10.20.0.4:5222", answers: false),
            Checks.peer(.init(name: "interior", state: "down", since: Self.now - 60_000), now: Self.now),
            Checks.backup(facts(lastBackup: nil), isScheduled: false),
            Checks.backup(facts(lastBackup: Self.now - 3 * Self.day), isScheduled: true),
            Checks.name("a.test", nil, own: own, resolver: "r"),
            Checks.name("a.test", [], own: own, resolver: "r"),
            Checks.name("a.test", [.address("192.0.2.1")], own: own, resolver: "r"),
            Checks.service(service, [], usual: 5223),
            Checks.service(service, [.service(target: "b.test", port: 5555)], usual: 5223),
        ]
        for finding in findings { #expect(finding.state != .good && finding.advice != nil, "\(finding)") }
    }

    @Test("what is in order is not complained about")
    func healthy() {
        let service = LANNames.Service(name: "_xmpps-client._tcp.a.test", target: "a.test", port: 5223)
        let findings = [
            Checks.box(facts(), directory: "/box"), Checks.clock(facts(), system: Self.now, isKept: true),
            Checks.disk(free: 20 << 30, total: 100 << 30), Checks.certificate(facts()),
            Checks.port("xmpp", "10.20.0.4:5222", answers: true),
            Checks.peer(.init(name: "interior", state: "up", since: 0), now: Self.now),
            Checks.backup(facts(), isScheduled: true),
            Checks.backup(facts(lastBackup: Self.now - 3 * Self.day), isScheduled: false),
            Checks.name("a.test", [.address("10.20.0.4")], own: ["10.20.0.4"], resolver: "r"),
            Checks.service(service, [.service(target: "a.test", port: 5223)], usual: 5223),
            Checks.service(service, [], usual: 5223),
        ]
        for finding in findings { #expect(finding.state == .good && finding.advice == nil, "\(finding)") }
    }
}
