import Glibc
import Synchronization
import Testing

@testable import Appliance

@Suite("systemd and logging", .serialized)
struct SystemdTests {
    private func record(at level: Log.Level, _ body: (Log) -> Void) -> [Log.Event] {
        let events = Box()
        body(Log(level: level) { event in events.list.withLock { $0.append(event) } })
        return events.list.withLock { $0 }
    }

    private final class Box: Sendable { let list = Mutex<[Log.Event]>([]) }

    @Test("what is below the level is neither written nor computed")
    func levels() {
        var computed = 0
        let events = record(at: .notice) { log in
            log.debug("\(count(&computed))")
            log.info("\(count(&computed))")
            log.notice("kept")
            log.error("kept too", peer: "interior")
        }
        #expect(events.map(\.message) == ["kept", "kept too"])
        #expect(events.map(\.peer) == [nil, "interior"])
        #expect(computed == 0)
    }

    private func count(_ value: inout Int) -> Int {
        value += 1
        return value
    }

    @Test("what a stranger sends cannot forge a second line")
    func oneLine() {
        let events = record(at: .notice) { $0.notice("bad\nerror: \u{1B}[31m", peer: "x\ny") }
        #expect(events.map(\.message) == ["bad\\u{a}error: \\u{1b}[31m"])
        #expect(events.map(\.peer) == ["x\\u{a}y"])
    }

    @Test("a line carries its priority for the journal only")
    func prefix() {
        let event = Log.Event(level: .warning, message: "line down", peer: "hq")
        #expect(Log.line(event, prefixed: true) == "<4>hq: line down\n")
        #expect(Log.line(event, prefixed: false) == "dakghar: hq: line down\n")
    }

    @Test("a socket is found by its name, else by its port")
    func sockets() {
        let activation = SocketActivation(sockets: [
            .init(name: "dakghar", descriptor: 3, port: 5222),
            .init(name: "dakghar", descriptor: 4, port: 7400),
            .init(name: "web", descriptor: 5, port: 8443),
        ])
        #expect(activation.descriptor(named: "xmpp", port: 5222) == 3)
        #expect(activation.descriptor(named: "link", port: 7400) == 4)
        #expect(activation.descriptor(named: "web", port: 443) == 5)
        #expect(activation.descriptor(named: "xmpp-tls", port: 5223) == nil)
    }

    @Test("without systemd there are no sockets and no watchdog, and notifying does nothing")
    func outside() {
        for variable in ["LISTEN_FDS", "LISTEN_PID", "WATCHDOG_USEC", "NOTIFY_SOCKET"] { unsetenv(variable) }
        #expect(SocketActivation.take().sockets.isEmpty)
        #expect(ServiceNotification.watchdogInterval == nil)
        ServiceNotification.ready(status: "serving")
        ServiceNotification.stopping()
    }

    @Test(
        "systemd hears that the box is ready, with its status on one line, and gets half the watchdog's time")
    func notification() throws {
        let box = try TemporaryBox()
        let path = box.root + "/notify"
        let receiver = try DatagramSocket(path)
        setenv("NOTIFY_SOCKET", path, 1)
        setenv("WATCHDOG_USEC", "30000000", 1)
        defer {
            unsetenv("NOTIFY_SOCKET")
            unsetenv("WATCHDOG_USEC")
        }
        ServiceNotification.ready(status: "3 wait\nREADY=0")
        #expect(receiver.receive() == "READY=1\nSTATUS=3 wait READY=0")
        ServiceNotification.watchdog()
        #expect(receiver.receive() == "WATCHDOG=1")
        #expect(ServiceNotification.watchdogInterval == .seconds(15))
    }

    @Test("the port of a listening socket is read from the socket itself")
    func localPort() {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        listen(descriptor, 1)  // binds to a free port
        #expect((SocketActivation.localPort(of: descriptor) ?? 0) > 0)
        #expect(SocketActivation.localPort(of: -1) == nil)
    }
}

/// What systemd's end of the notification socket does.
private final class DatagramSocket {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            UnsafeRawPointer($0).withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size)
            }
        }
        guard result == 0 else { throw FileError("bind", path) }
    }

    deinit { close(descriptor) }

    func receive() -> String {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
