internal import Relay

extension Box {
    /// A secret, bytes: a shorter one could be guessed.
    private static let secretBytes = 16...1_024

    /// The components of the configuration with their secrets, which are read from their files.
    func componentSettings() throws(BoxFailure) -> [ComponentSettings] {
        var settings: [ComponentSettings] = []
        for component in configuration.components {
            settings.append(
                ComponentSettings(
                    domain: component.domain, name: component.name,
                    secret: try Self.secret(component.secretFile, of: "a component")))
        }
        return settings
    }

    /// The call servers of the configuration, with their secrets.
    func callServerSettings() throws(BoxFailure) -> [CallServerSettings] {
        var settings: [CallServerSettings] = []
        for server in configuration.callServers {
            var secret: [UInt8]?
            if let file = server.secretFile { secret = try Self.secret(file, of: "a TURN server") }
            settings.append(
                CallServerSettings(
                    type: server.type, host: server.host, port: server.port, transport: server.transport,
                    secret: secret, lifetimeMs: server.lifetime.milliseconds))
        }
        return settings
    }

    private static func secret(_ path: String, of whom: String) throws(BoxFailure) -> [UInt8] {
        var secret: [UInt8]
        do {
            secret = try KeyFile.read(path)
        } catch {
            throw BoxFailure(describing: error)
        }
        // An editor ends the line.
        while let last = secret.last, last == 0x0A || last == 0x0D { secret.removeLast() }
        guard secretBytes.contains(secret.count) else {
            throw BoxFailure(
                "\(path): the secret of \(whom) has \(secretBytes.lowerBound) to \(secretBytes.upperBound) bytes.",
                ExitStatus.badInput)
        }
        return secret
    }
}
