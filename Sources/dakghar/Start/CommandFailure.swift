internal import Appliance

/// Why a command ends with another exit code than 0.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    /// What happened and what to do next.
    let description: String
    /// One of docs/cli.md.
    let exitCode: Int32

    init(_ description: String, _ exitCode: Int32 = ExitStatus.failed) {
        self.description = description
        self.exitCode = exitCode
    }

    /// The typed errors of the modules below; nil for those of the argument parser.
    init?(of error: any Error) {
        switch error {
        case let error as CommandFailure: self = error
        case let error as ControlError: self.init(error.description, error.exitCode)
        case let error as BoxInitialization.Failure: self.init(error.description, error.exitCode)
        case let error as BoxDirectoryError: self.init(error.description, error.exitCode)
        case let error as ConfigurationError: self.init(error.description, error.exitCode)
        case let error as BoxFailure: self.init(error.description, error.exitCode)
        case let error as FileError: self.init(error.description)
        default: return nil
        }
    }
}
