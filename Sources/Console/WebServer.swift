package import Carriers
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket
package import Relay

/// The box's HTTPS port: the landing page, the root certificate, and the streams of browsers. Lives on
/// the relay's event loop.
package final class WebServer {
    let relay: Relay
    let settings: WebSettings
    private(set) var routes: WebRoutes
    private let bosh: BOSHService
    private var files: FileService?
    private var connections: [ObjectIdentifier: WebConnection] = [:]
    private var perAddress: [String: Int] = [:]

    /// - Parameter blobs: files of this box and of others; nil serves none.
    package init(relay: Relay, settings: WebSettings, blobs: BlobExchange?) {
        self.relay = relay
        self.settings = settings
        routes = WebRoutes()
        bosh = BOSHService(relay: relay)
        WebClient.register(in: &routes, settings)
        BoxDescription.register(in: &routes, settings)
        LandingPage.register(in: &routes, settings)
        InvitationPage.register(in: &routes, settings, relay: relay)
        RootCertificate.register(in: &routes, settings)
        HostMeta.register(in: &routes, settings)
        StatusFile.register(in: &routes, relay: relay)
        WebSocketUpgrade.register(in: &routes)
        bosh.register(in: &routes)
        if let book = relay.uploads, let blobs {
            let files = FileService(book: book, blobs: blobs, box: settings.box, loop: relay.loop)
            files.register(in: &routes)
            self.files = files
        }
    }

    // MARK: Listening

    /// Starts to accept. Call on the event loop.
    /// - Parameter socket: a listening socket from systemd, or nil to bind `host:port`.
    package func listen(
        host: String, port: Int, socket: NIOBSDSocket.Handle? = nil
    ) -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(self, eventLoop: relay.loop)
        let bootstrap = ServerBootstrap(group: relay.loop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 256 << 10)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.accept(channel) }
            }
        everySecond()
        if let socket { return bootstrap.withBoundSocket(socket) }
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            return bootstrap.bind(to: address)
        }
        return bootstrap.bind(host: host, port: port)
    }

    private func accept(_ channel: any Channel) throws {
        let address = ClientAddress.key(channel.remoteAddress?.ipAddress)
        guard let tls = relay.tls, connections.count < WebLimits.connections,
            perAddress[address, default: 0] < WebLimits.connectionsPerAddress
        else { throw ChannelError.ioOnClosedChannel }
        let connection = WebConnection(server: self, address: address)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: tls.web))
        try HTTPPipeline.add(to: pipeline, upgrader: upgrader(of: connection, loop: channel.eventLoop))
        try pipeline.addHandler(connection)
    }

    func upgrader(
        of connection: WebConnection, loop: any EventLoop
    ) -> NIOWebSocketServerUpgrader {
        let bound = NIOLoopBound(connection, eventLoop: loop)
        return NIOWebSocketServerUpgrader(
            maxFrameSize: relay.largestStanza + 1_024, automaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(WebSocketUpgrade.headers(for: head))
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture { try bound.value.becomeWebSocket(channel) }
            })
    }

    // MARK: Connections

    func add(_ connection: WebConnection) {
        connections[ObjectIdentifier(connection)] = connection
        perAddress[connection.address, default: 0] += 1
    }

    func remove(_ connection: WebConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        let left = perAddress[connection.address, default: 1] - 1
        perAddress[connection.address] = left > 0 ? left : nil
    }

    private func everySecond() {
        guard !relay.isStopping else { return }
        let now = NIODeadline.now()
        for connection in connections.values where connection.deadline < now { connection.timedOut() }
        bosh.look(now: now)
        relay.loop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.everySecond() }
    }
}
