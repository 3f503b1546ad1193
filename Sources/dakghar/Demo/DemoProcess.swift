internal import Appliance
internal import Glibc

/// A box of the demonstration as a process of its own: this executable with `run`.
struct DemoProcess {
    let name: String
    let pid: pid_t
    /// Its standard input is the other end of this pipe: the kernel ends it when this process is gone.
    private let lifeline: Int32

    /// Starts it; its output goes to `log`.
    static func start(_ name: String, _ directory: BoxDirectory, log: String) throws(CommandFailure)
        -> DemoProcess
    {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw failure(name, errno) }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_adddup2(&files, ends[0], STDIN_FILENO)
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO)
        // A process group of its own: Ctrl-C is for the demo, which then ends its boxes in order.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)

        let words = ["dakghar", "run", "--dir", directory.path, "--until-input-ends"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] =
            Environment.current.filter { !hidden.contains($0.key) }.map { strdup("\($0.key)=\($0.value)") }
            + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/proc/self/exe", &files, &attributes, &arguments, &environment)
        guard code == 0 else {
            close(ends[1])
            throw failure(name, code)
        }
        return DemoProcess(name: name, pid: pid, lifeline: ends[1])
    }

    /// Why it has ended, or nil while it runs. After an answer the process is gone for good.
    func ending() -> String? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? "exit code \((status >> 8) & 0xFF)" : "signal \(signal)"
    }

    /// SIGTERM to all, SIGKILL to those that are there 5 s later.
    static func end(_ processes: [DemoProcess]) {
        var left = processes
        left.forEach { kill($0.pid, SIGTERM) }
        for _ in 0..<250 where !left.isEmpty {
            left.removeAll { $0.ending() != nil }
            if !left.isEmpty { usleep(20_000) }
        }
        for process in left {
            kill(process.pid, SIGKILL)
            waitpid(process.pid, nil, 0)
        }
        processes.forEach { close($0.lifeline) }
    }

    /// Meant for this process and not for its children.
    private static let hidden: Set<String> = [
        "DAKGHAR_DIR", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_PID",
        "LISTEN_FDNAMES",
        "JOURNAL_STREAM", "CREDENTIALS_DIRECTORY",
    ]

    private static func failure(_ name: String, _ code: Int32) -> CommandFailure {
        CommandFailure("cannot start the box \(name): \(String(cString: strerror(code)))")
    }
}
