package import NIOCore
internal import NIOPosix
internal import NIOSSL

extension Relay {
    package enum Security: Sendable {
        /// Port 5222: STARTTLS is required.
        case startTLS
        /// Port 5223: TLS from the first byte (XEP-0368).
        case direct
    }

    /// Starts to accept clients. Call on the event loop.
    /// - Parameter socket: a listening socket from systemd, or nil to bind `host:port`.
    package func listen(
        host: String, port: Int, socket: NIOBSDSocket.Handle? = nil, _ security: Security
    ) -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 512 << 10)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try bound.value.accept(channel, security)
                }
            }
        if let socket { return bootstrap.withBoundSocket(socket) }
        // An address needs no resolver.
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            return bootstrap.bind(to: address)
        }
        return bootstrap.bind(host: host, port: port)
    }

    private func accept(_ channel: any Channel, _ security: Security) throws {
        if security == .direct {
            guard let tls else { throw ChannelError.operationUnsupported }
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context))
        }
        try channel.pipeline.syncOperations.addHandler(
            ClientSocket(relay: self, isSecure: security == .direct))
    }
}
