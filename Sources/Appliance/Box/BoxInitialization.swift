package import Bundles
internal import Storage

/// Makes a new box (`dakghar init`).
package enum BoxInitialization {
    /// Why a box could not be made; nothing was overwritten.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package let exitCode: Int32
    }

    /// Makes directory, configuration, keys, certificates and an empty database.
    /// - Returns: the card.
    package static func make(
        directory: BoxDirectory, name: String, domain: String, host: String?
    ) throws(Failure) -> Card {
        let text = Configuration.initialText(name: name, domain: domain, host: host)
        let configuration: Configuration
        do {
            configuration = try Configuration(text)
        } catch {
            throw Failure(description: "\(error)", exitCode: ExitStatus.badInput)
        }
        do {
            try directory.create()
        } catch {
            throw Failure(description: error.description, exitCode: error.exitCode)
        }
        do {
            let lock = try BoxLock(directory)
            defer { withExtendedLifetime(lock) {} }
            let now = Clocks.wall()
            let identity = try BoxIdentity.generate(name: name, domain: domain, nowMs: now)
            try KeyFile.create(directory.key("identity"), identity.encode())
            try DataKey.create(directory, environment: Environment.current)
            _ = try CertificateAuthority.create(
                in: directory, names: CertificateNames(configuration), now: Int64(now))
            // Last: a directory with a configuration is a box.
            try ConfigurationFile.write(text, to: directory.configuration)
            return try identity.card(addresses: configuration.cardAddresses)
        } catch let error as BoxDirectoryError {
            throw Failure(description: error.description, exitCode: error.exitCode)
        } catch {
            throw Failure(description: "\(error)", exitCode: ExitStatus.failed)
        }
    }
}

extension Configuration {
    /// The addresses as the card carries them.
    package var cardAddresses: [String] { box.addresses.map(\.description) }
}
