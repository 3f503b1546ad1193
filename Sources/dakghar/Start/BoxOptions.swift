internal import Appliance
internal import Glibc

/// What every command takes, wherever it stands among the arguments: which box is meant.
struct BoxOptions: Sendable, Equatable {
    /// `--dir`
    var directory: String?
    /// `--config`
    var configuration: String?

    /// The options of this process; set once at its start.
    @TaskLocal static var current = BoxOptions()

    /// `--dir`, else `DAKGHAR_DIR`, else `/var/lib/dakghar`.
    var box: BoxDirectory {
        let variable = getenv("DAKGHAR_DIR").map { String(cString: $0) }
        return BoxDirectory.resolve(
            argument: directory, environment: variable.map { ["DAKGHAR_DIR": $0] } ?? [:])
    }

    /// Takes the options out of `arguments` (without the program's name) and returns the others.
    /// Nothing after `--` is looked at.
    static func take(from arguments: [String]) throws(CommandFailure) -> (BoxOptions, rest: [String]) {
        var options = BoxOptions()
        var rest: [String] = []
        var index = arguments.startIndex
        while index < arguments.endIndex, arguments[index] != "--" {
            let argument = arguments[index]
            index += 1
            guard let name = names.first(where: { argument == $0 || argument.hasPrefix($0 + "=") }) else {
                rest.append(argument)
                continue
            }
            let value: String
            if argument == name {
                guard index < arguments.endIndex, !arguments[index].hasPrefix("--") else {
                    throw missing(name)
                }
                value = arguments[index]
                index += 1
            } else {
                value = String(argument.dropFirst(name.count + 1))
            }
            try options.set(name, value)
        }
        return (options, rest + arguments[index...])
    }

    private static let names = ["--dir", "--config"]

    private mutating func set(_ name: String, _ value: String) throws(CommandFailure) {
        guard !value.isEmpty else { throw Self.missing(name) }
        let old = name == "--dir" ? directory : configuration
        guard old == nil || old == value else {
            throw CommandFailure(
                "\(name) is given twice, as \(old ?? "") and as \(value); name one", ExitStatus.usage)
        }
        if name == "--dir" { directory = value } else { configuration = value }
    }

    private static func missing(_ name: String) -> CommandFailure {
        let what = name == "--dir" ? "the directory of the box" : "a configuration file"
        return CommandFailure("\(name) needs \(what) after it", ExitStatus.usage)
    }
}
