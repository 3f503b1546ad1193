extension Configuration {
    /// `[backup]`: where the nightly backups go.
    package struct Backup: Sendable, Equatable {
        /// An absolute path.
        package var folder: String
        /// How many of them stay.
        package var keep: Int

        init(_ section: SectionReader) throws(ConfigurationError) {
            try section.allowOnly(ConfigurationKeys.backup)
            guard let folder = try section.string("folder") else { throw section.missing("folder") }
            guard folder.hasPrefix("/") else { throw section.must("folder", "an absolute path") }
            self.folder = folder
            keep = try section.integer("keep", in: 1...1_000, default: 7)
        }
    }
}
