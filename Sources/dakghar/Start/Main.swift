internal import ArgumentParser
internal import Glibc

/// Where the process begins: options, command, exit code.
@main enum Main {
    static func main() {
        // A reader that went away shows as a failed write.
        signal(SIGPIPE, SIG_IGN)
        do {
            let (options, rest) = try BoxOptions.take(from: Array(CommandLine.arguments.dropFirst()))
            try BoxOptions.$current.withValue(options) {
                var command = try Dakghar.parseAsRoot(rest)
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        if let failure = CommandFailure(of: error) {
            Terminal.complain(failure.description)
            exit(failure.exitCode)
        }
        let code = Dakghar.exitCode(for: error).rawValue
        let message = Dakghar.fullMessage(for: error)
        if code == 0 {
            Terminal.write(message)
        } else if !message.isEmpty {
            Terminal.complain(message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message)
        }
        exit(code)
    }
}
