internal import Glibc

/// Non-blocking TCP sockets of 127.0.0.1.
enum LoopbackSocket {
    /// A listening socket on a port that was free; with the port.
    static func listen() throws(CommandFailure) -> (descriptor: Int32, port: UInt16) {
        let descriptor = try make()
        var address = address(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening =
            withSocketAddress(&address) { bind(descriptor, $0, size) } == 0
            && Glibc.listen(descriptor, 64) == 0
            && withSocketAddress(&address) { getsockname(descriptor, $0, &size) } == 0
        guard isListening else {
            defer { close(descriptor) }
            throw failure("listen on")
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// As many different ports as asked for that nobody listened on a moment ago.
    static func freePorts(_ count: Int) throws(CommandFailure) -> [UInt16] {
        var ports: [UInt16] = []
        var descriptors: [Int32] = []
        defer { descriptors.forEach { close($0) } }
        for _ in 0..<count {
            let (descriptor, port) = try listen()
            descriptors.append(descriptor)
            ports.append(port)
        }
        return ports
    }

    /// Begins to connect; nil if that is refused at once.
    static func connect(port: UInt16) -> Int32? {
        guard let descriptor = try? make() else { return nil }
        var address = address(port: port)
        let code = withSocketAddress(&address) {
            Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        if code == 0 || errno == EINPROGRESS { return descriptor }
        close(descriptor)
        return nil
    }

    /// The next connection that waits on a listening socket, if one does.
    static func accept(_ listener: Int32) -> Int32? {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// Closes with a reset, as a host does that knows nothing of the connection.
    static func reset(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close(descriptor)
    }

    private static func make() throws(CommandFailure) -> Int32 {
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(AF_INET, Int32(kind), 0)
        guard descriptor >= 0 else { throw failure("open a socket of") }
        return descriptor
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withSocketAddress(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Int32
    ) -> Int32 {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }

    private static func failure(_ verb: String) -> CommandFailure {
        CommandFailure("cannot \(verb) 127.0.0.1: \(String(cString: strerror(errno)))")
    }
}
