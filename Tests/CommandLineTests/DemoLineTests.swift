import Glibc
import Testing

@testable import dakghar

/// One line with a listening socket in the place of the hub, moved by hand.
private struct LineFixture {
    var line: DemoLine
    let hub: Int32
    private var now = 0

    init() throws {
        let (descriptor, port) = try LoopbackSocket.listen()
        hub = descriptor
        line = try DemoLine(office: "finance", officePort: 1, hubPort: port)
    }

    func dial() throws -> Int32 { try #require(LoopbackSocket.connect(port: line.portOfHub)) }

    /// The connection that the line makes to the hub.
    mutating func accept() throws -> Int32 {
        let listener = hub
        let found = until { LoopbackSocket.accept(listener) }
        return try #require(found)
    }

    /// Lets the line work until `done` gives something; nil if it does not within a second.
    mutating func until<Value>(_ done: () -> Value?) -> Value? {
        for _ in 0..<500 {
            line.move(now: now)
            if let value = done() { return value }
            usleep(2_000)
            now += 2
        }
        return nil
    }

    /// The same for a time that is short for people and long for loopback.
    mutating func stays(_ done: () -> Bool) -> Bool {
        for _ in 0..<50 {
            line.move(now: now)
            if !done() { return false }
            usleep(1_000)
            now += 1
        }
        return true
    }
}

private func received(_ descriptor: Int32) -> String? {
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
}

private func say(_ text: String, _ descriptor: Int32) -> Bool {
    send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count
}

@Suite("The demo's line")
struct DemoLineTests {
    @Test("bytes and the end of a connection pass both ways")
    func passes() throws {
        var fixture = try LineFixture()
        defer { fixture.line.close() }
        let office = try fixture.dial()
        let hub = try fixture.accept()
        #expect(say("to the hub", office))
        let heard = fixture.until { received(hub) }
        #expect(heard == "to the hub")
        #expect(say("to the office", hub))
        let answered = fixture.until { received(office) }
        #expect(answered == "to the office")
        shutdown(office, Int32(SHUT_WR))
        let end = fixture.until { received(hub) }
        #expect(end?.isEmpty == true)
        [office, hub, fixture.hub].forEach { close($0) }
    }

    @Test("a cut line says nothing; a short cut loses nothing")
    func cut() throws {
        var fixture = try LineFixture()
        defer { fixture.line.close() }
        let office = try fixture.dial()
        let hub = try fixture.accept()
        fixture.line.cut()
        #expect(say("late", office))
        let isSilent = fixture.stays { received(hub) == nil }
        #expect(isSilent)
        fixture.line.restore()
        let heard = fixture.until { received(hub) }
        #expect(heard == "late")
        [office, hub, fixture.hub].forEach { close($0) }
    }

    @Test("what is dialed on a cut line leads nowhere and is reset when the line is back")
    func dialedMeanwhile() throws {
        var fixture = try LineFixture()
        defer { fixture.line.close() }
        fixture.line.cut()
        let office = try fixture.dial()
        let listener = fixture.hub
        #expect(
            fixture.stays {
                LoopbackSocket.accept(listener) == nil && received(office) == nil && errno == EAGAIN
            })
        fixture.line.restore()
        let isReset = fixture.until { received(office) == nil && errno == ECONNRESET ? true : nil }
        #expect(isReset == true)
        [office, fixture.hub].forEach { close($0) }
    }

    @Test("a slow line lets through what its rate allows")
    func slow() throws {
        var fixture = try LineFixture()
        defer { fixture.line.close() }
        let office = try fixture.dial()
        let hub = try fixture.accept()
        fixture.line.throttle(1_000, now: 0)
        #expect(say(String(repeating: "x", count: 1_000), office))
        var count = 0
        // 100 bytes at most gather, and 50 ms bring 50.
        let isSlow = fixture.stays {
            count += received(hub)?.utf8.count ?? 0
            return count <= 150
        }
        #expect(isSlow)
        #expect(count > 0)
        [office, hub, fixture.hub].forEach { close($0) }
    }
}
