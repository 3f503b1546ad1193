import Foundation
import PackagePlugin

/// Puts the files of the web pages into the executable: one Swift file with all of them, made by
/// `scripts/embed-assets.sh` whenever one of them has changed.
@main
struct EmbedAssets: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = target.directoryURL.appending(path: "Assets")
        let script = context.package.directoryURL.appending(path: "scripts/embed-assets.sh")
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedAssets.swift")
        return [
            .buildCommand(
                displayName: "Embed the web pages",
                executable: URL(filePath: "/bin/sh"),
                arguments: [script.path(), folder.path(), output.path()],
                inputFiles: [script] + files(below: folder),
                outputFiles: [output])
        ]
    }

    private func files(below folder: URL) -> [URL] {
        guard
            let found = FileManager.default.enumerator(
                at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        else { return [] }
        return found.compactMap { $0 as? URL }
            .filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }
            .sorted { $0.path() < $1.path() }
    }
}
