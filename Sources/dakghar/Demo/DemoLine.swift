internal import Glibc

/// The line between one office and the hub: a pair of small TCP relays, one for each side that may
/// dial, which can be cut and slowed.
///
/// A cut line is a black hole: nobody is told anything. Bytes of a connection wait in the kernel's
/// buffers, as a sender's unacknowledged bytes do on a real line, and go on if the line is back
/// before the boxes give the connection up. Connections dialed meanwhile lead nowhere and are reset
/// when the line is back.
struct DemoLine {
    /// What stands at one end: where the other end dials, and where that leads.
    struct Door {
        /// A listening socket.
        let listener: Int32
        let port: UInt16
        /// The link port of the box behind it.
        let target: UInt16
        /// Whether dialers at this door are the office.
        let isOfficeSide: Bool
    }

    let office: String
    let doors: [Door]
    private(set) var isCut = false
    private var connections: [DemoConnection] = []
    private var lost: [Int32] = []
    private var toHub = ByteBudget()
    private var toOffice = ByteBudget()

    /// Connections that lead nowhere, at most.
    private static let lostLimit = 64

    /// `officePort` and `hubPort`: where the two boxes listen for links.
    init(office: String, officePort: UInt16, hubPort: UInt16) throws(CommandFailure) {
        self.office = office
        let hub = try LoopbackSocket.listen()
        let other = try LoopbackSocket.listen()
        doors = [
            Door(listener: hub.descriptor, port: hub.port, target: hubPort, isOfficeSide: true),
            Door(listener: other.descriptor, port: other.port, target: officePort, isOfficeSide: false),
        ]
    }

    /// Where the office finds the hub, and the hub the office.
    var portOfHub: UInt16 { doors[0].port }
    var portOfOffice: UInt16 { doors[1].port }

    /// Bytes per second each way; nil without a limit.
    var rate: Int? { toHub.rate }

    mutating func cut() { isCut = true }

    mutating func restore() {
        isCut = false
        lost.forEach(LoopbackSocket.reset)
        lost = []
    }

    mutating func throttle(_ rate: Int?, now: Int) {
        toHub.set(rate: rate, now: now)
        toOffice.set(rate: rate, now: now)
    }

    /// Accepts and moves what there is. Never waits. `now`: milliseconds of a clock that never goes back.
    mutating func move(now: Int) {
        acceptAll()
        guard !isCut else { return }
        var open: [DemoConnection] = []
        for connection in connections {
            var connection = connection
            if !carry(&connection, now: now) {
                connection.reset()
            } else if connection.isDone {
                connection.close()
            } else {
                open.append(connection)
            }
        }
        connections = open
    }

    /// What to wait for until the next `move`, and for how long at most, in milliseconds.
    mutating func interest(now: Int) -> (sockets: [pollfd], limit: Int32) {
        var sockets = doors.map { pollfd(fd: $0.listener, events: Int16(POLLIN), revents: 0) }
        guard !isCut else { return (sockets, 1000) }
        let mayUp = toHub.available(now: now) > 0
        let mayDown = toOffice.available(now: now) > 0
        for connection in connections {
            sockets += connection.interest(mayUp: mayUp, mayDown: mayDown)
        }
        // A slow line has something to do as soon as its budget has grown a little.
        return (sockets, rate == nil || connections.isEmpty ? 1000 : 20)
    }

    func close() {
        doors.forEach { Glibc.close($0.listener) }
        connections.forEach { $0.reset() }
        lost.forEach(LoopbackSocket.reset)
    }

    private mutating func acceptAll() {
        for door in doors {
            while let dialer = LoopbackSocket.accept(door.listener) {
                if isCut {
                    lost.append(dialer)
                    if lost.count > Self.lostLimit { LoopbackSocket.reset(lost.removeFirst()) }
                } else if let listener = LoopbackSocket.connect(port: door.target) {
                    connections.append(
                        door.isOfficeSide
                            ? DemoConnection(office: dialer, hub: listener)
                            : DemoConnection(office: listener, hub: dialer))
                } else {
                    LoopbackSocket.reset(dialer)
                }
            }
        }
    }

    /// False if the connection is broken.
    private mutating func carry(_ connection: inout DemoConnection, now: Int) -> Bool {
        guard let up = connection.toHub.move(budget: toHub.available(now: now)) else { return false }
        toHub.spend(up)
        guard let down = connection.toOffice.move(budget: toOffice.available(now: now)) else { return false }
        toOffice.spend(down)
        return true
    }
}
