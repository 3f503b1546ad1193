internal import Appliance
internal import ArgumentParser

/// The root of all commands.
struct Dakghar: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dakghar",
        abstract: "The post office of an office network: keeps what cannot go now, and sends it when it can.",
        discussion: """
            Every command takes, before or after its other arguments:
              --dir DIR      the directory of the box; else DAKGHAR_DIR counts,
                             else /var/lib/dakghar
              --config FILE  a configuration elsewhere than DIR/dakghar.toml

            A new box:
              dakghar init --dir box --name finance --domain finance.gov.test
              dakghar user add asma --dir box
              dakghar run --dir box
            """,
        version: ProgramVersion.text,
        subcommands: [
            InitCommand.self, RunCommand.self, CardCommand.self, PeerCommand.self, UserCommand.self,
            StatusCommand.self, QueueCommand.self, AuditCommand.self, BundleCommand.self, BackupCommand.self,
            RestoreCommand.self, UpdateCommand.self, NamesCommand.self, DoctorCommand.self,
            PrivacyCommand.self,
            DemoCommand.self,
        ])
}
