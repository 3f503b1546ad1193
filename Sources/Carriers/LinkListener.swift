package import NIOCore
internal import NIOPosix

extension PostOffice {
    /// Accepts links of peers. Call on the event loop.
    /// - Parameter socket: a listening socket from systemd, or nil to bind.
    package func listen(
        host: String, port: Int, socket: NIOBSDSocket.Handle? = nil
    ) -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: Self.shortQueue)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.prepare(channel, LinkConnection(office: bound.value, peer: nil))
                }
            }
        if let socket { return bootstrap.withBoundSocket(socket) }
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            return bootstrap.bind(to: address)
        }
        return bootstrap.bind(host: host, port: port)
    }

    /// What waits in the process: nothing but the record that the kernel did not take, so that something
    /// urgent can overtake.
    static var shortQueue: ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: 1, high: 1)
    }

    static func prepare(_ channel: any Channel, _ handler: LinkConnection) throws {
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// Attempts to reach one peer at a time. The next one begins every few seconds, as after a cut each is
    /// another chance to notice the line's return; over a thin line one takes longer than that.
    private static let attemptLimit = 4
    /// Seconds for the connection alone.
    private static let connectSeconds: Int64 = 15
    /// So long a connection that was made has for its handshake before the next attempt begins beside it,
    /// in milliseconds.
    private static let answerMs: UInt64 = 8_000

    /// Whether an attempt has found the peer's box: another would only take its room on a thin line.
    func isAnswered(_ peer: Peer, _ now: UInt64) -> Bool {
        peer.attempts.contains { attempt in
            attempt.connectedAt.map { now < $0 + Self.answerMs } ?? false
        }
    }

    /// Starts one attempt to reach a peer.
    func dialNow(_ peer: Peer) {
        guard let (host, port) = peer.takeAddress() else { return }
        if peer.attempts.count >= Self.attemptLimit { peer.attempts.removeFirst().close() }
        let connection = LinkConnection(office: self, peer: peer)
        peer.attempts.append(connection)
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(Self.connectSeconds))
            .channelOption(.writeBufferWaterMark, value: Self.shortQueue)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.prepare(channel, bound.value) }
            }
        // An address needs no resolver: nothing but the peer hears of it.
        let connecting =
            (try? SocketAddress(ipAddress: host, port: port)).map { bootstrap.connect(to: $0) }
            ?? bootstrap.connect(host: host, port: port)
        connecting.assumeIsolated().whenFailure { _ in
            connection.close()
        }
    }
}
