internal import Bundles

extension Configuration {
    /// `[updates]`: whose updates this box takes.
    package struct Updates: Sendable, Equatable {
        /// Ed25519 public keys of the maker; without one no update is taken.
        package var keys: [[UInt8]]
        /// How long a new executable has to serve before it is kept.
        package var confirmAfter: TimeSpan

        static let standard = Updates(keys: [], confirmAfter: .seconds(60))
        private static let keyLimit = 8

        private init(keys: [[UInt8]], confirmAfter: TimeSpan) {
            self.keys = keys
            self.confirmAfter = confirmAfter
        }

        init(_ section: SectionReader) throws(ConfigurationError) {
            try section.allowOnly(ConfigurationKeys.updates)
            keys = []
            for text in try section.strings("keys") ?? [] {
                guard let key = Base64URL.decode(text), SigningKey.isUsable(publicKey: key),
                    keys.count < Self.keyLimit
                else {
                    throw section.must(
                        "keys", "a list of at most \(Self.keyLimit) public keys as the maker has given them")
                }
                keys.append(key)
            }
            confirmAfter = try section.value(
                "confirm-after", in: .seconds(1) ... .seconds(3_600),
                default: Self.standard.confirmAfter, TimeSpan.init)
        }
    }
}
