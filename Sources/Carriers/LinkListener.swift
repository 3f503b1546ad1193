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

    /// What waits in the process: one record and a little, so that something urgent can overtake.
    static var shortQueue: ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: 4 << 10, high: 32 << 10)
    }

    static func prepare(_ channel: any Channel, _ handler: LinkConnection) throws {
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// Starts one attempt to reach a peer.
    func dialNow(_ peer: Peer) {
        guard let (host, port) = peer.takeAddress() else { return }
        let earlier = peer.attempt
        peer.attempt = nil
        earlier?.close()
        let connection = LinkConnection(office: self, peer: peer)
        peer.attempt = connection
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(4))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
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
