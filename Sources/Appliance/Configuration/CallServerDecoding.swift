extension Configuration {
    /// One `[[call-servers]]`: a STUN or TURN server for calls (XEP-0215).
    package struct CallServer: Sendable, Equatable {
        /// `stun`, `stuns`, `turn` or `turns`.
        package var type: String
        /// A host name or an IP address.
        package var host: String
        package var port: UInt16
        /// `udp` or `tcp`.
        package var transport: String
        /// An absolute path: the secret that the TURN server shares; nil for one that is open.
        package var secretFile: String?
        /// How long credentials are good.
        package var lifetime: TimeSpan

        /// Servers of one box.
        static let limit = 8
        static let types = ["stun", "stuns", "turn", "turns"]
        static let transports = ["udp", "tcp"]
        static let lifetimes = TimeSpan.seconds(600)...TimeSpan.days(7)
    }
}

extension Configuration.CallServer {
    static func list(_ sections: [SectionReader]) throws(ConfigurationError) -> [Self] {
        var servers: [Self] = []
        for section in sections {
            guard servers.count < limit else {
                throw section.error("host", "a box has at most \(limit) call servers")
            }
            servers.append(try Self(section))
        }
        return servers
    }

    private init(_ section: SectionReader) throws(ConfigurationError) {
        try section.allowOnly(ConfigurationKeys.callServer)
        guard let type = try section.string("type") else { throw section.missing("type") }
        guard Self.types.contains(type) else { throw section.must("type", "stun, stuns, turn or turns") }
        guard let text = try section.string("host") else { throw section.missing("host") }
        let usual: UInt16 = type.hasSuffix("s") ? 5349 : 3478
        let address: HostPort
        do { address = try HostPort(text, defaultPort: usual) } catch {
            throw section.must("host", error.reason)
        }
        let transport = try section.string("transport") ?? (type.hasSuffix("s") ? "tcp" : "udp")
        guard Self.transports.contains(transport) else { throw section.must("transport", "udp or tcp") }
        let file = try section.string("secret-file")
        if let file, !file.hasPrefix("/") { throw section.must("secret-file", "an absolute path") }
        if file != nil, type.hasPrefix("stun") {
            throw section.error("secret-file", "a STUN server asks for no secret")
        }
        self.init(
            type: type, host: address.host, port: address.port, transport: transport, secretFile: file,
            lifetime: try section.value(
                "lifetime", in: Self.lifetimes, default: .seconds(43_200), TimeSpan.init))
    }
}
