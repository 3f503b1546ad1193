internal import Glibc

/// A program that is run to its end, with nothing to read and nowhere to write.
enum ChildProcess {
    /// Its exit code; nil when it was killed, did not start, or took longer than `seconds`.
    static func run(_ path: String, _ arguments: [String], seconds: Int) -> Int32? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 0...2 {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var child = pid_t()
        guard posix_spawn(&child, path, &actions, nil, words, environ) == 0 else { return nil }
        for _ in 0..<seconds * 20 {
            var status: Int32 = 0
            let ended = waitpid(child, &status, WNOHANG)
            if ended == child { return status & 0x7F == 0 ? status >> 8 & 0xFF : nil }
            if ended < 0, errno != EINTR { return nil }
            usleep(50_000)
        }
        kill(child, SIGKILL)
        waitpid(child, nil, 0)
        return nil
    }
}
