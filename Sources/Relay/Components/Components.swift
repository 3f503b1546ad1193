package import NIOCore
internal import NIOPosix
internal import XMPP

/// One component of the configuration.
package struct ComponentSettings: Sendable {
    package let domain: String
    /// For people, in service discovery.
    package let name: String
    /// What the component shows that it knows.
    package let secret: [UInt8]

    package init(domain: String, name: String, secret: [UInt8]) {
        self.domain = domain
        self.name = name
        self.secret = secret
    }
}

/// The external components of this box (XEP-0114), by their domain.
final class Components {
    private(set) var all: [String: Component] = [:]
    /// Connections that have not shown a secret yet.
    var halfOpen: HalfOpenTable<ComponentSocket>

    init(settings: RelaySettings) {
        var limits = settings
        limits.halfOpen = 32
        limits.halfOpenPerAddress = 32
        halfOpen = HalfOpenTable(settings: limits)
    }

    func add(_ component: Component) { all[component.domain] = component }

    func expire(now: UInt64) {
        for socket in halfOpen.expired(now: now) { socket.close() }
        for component in all.values { component.expireRequests(now: now) }
    }

    func shutDown() {
        for component in all.values { component.socket?.fail(StreamError(.systemShutdown)) }
    }
}

extension Relay {
    /// Offers addresses at the components' domains from now on. Call once, before `listenForComponents`.
    package func offer(_ settings: [ComponentSettings]) {
        for one in settings {
            let component = Component(relay: self, one)
            components.add(component)
            router.register(component)
        }
    }

    /// Starts to accept components, without TLS (XEP-0114 has none). Call on the event loop.
    package func listenForComponents(host: String, port: Int) -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ComponentSocket(relay: bound.value))
                }
            }
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            return bootstrap.bind(to: address)
        }
        return bootstrap.bind(host: host, port: port)
    }
}
