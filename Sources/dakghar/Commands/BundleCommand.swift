internal import ArgumentParser

/// `dakghar bundle`
struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Mail by stick, where no line is.",
        discussion:
            "A file holds the same sealed bundles that a line brings. What is in it keeps waiting here until "
            + "the other box has acknowledged it, by any way; a file may be imported twice, late, or in any order.",
        subcommands: [BundleExportCommand.self, BundleImportCommand.self])
}
