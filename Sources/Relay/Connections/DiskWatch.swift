internal import Glibc

/// Whether the disk has room for more mail. Asked every few seconds, and after a refused write.
struct DiskWatch {
    private let path: String
    private(set) var isFull = false
    /// Bytes that must stay free: what was accepted has to be moved and acknowledged, too.
    private let reserve: UInt64

    init(path: String) {
        self.path = path
        var state = statvfs()
        let size = statvfs(path, &state) == 0 ? UInt64(state.f_blocks) * UInt64(state.f_frsize) : 0
        reserve = min(64 << 20, size / 16)
    }

    /// Whether a file fits in and still leaves to messages what they need: they come first.
    func hasRoom(forFile bytes: Int) -> Bool {
        var state = statvfs()
        guard statvfs(path, &state) == 0 else { return true }
        let free = UInt64(state.f_bavail) * UInt64(state.f_frsize)
        return free > 2 * reserve + UInt64(max(0, bytes))
    }

    mutating func look() {
        var state = statvfs()
        guard statvfs(path, &state) == 0 else { return }
        isFull = UInt64(state.f_bavail) * UInt64(state.f_frsize) < reserve
    }
}
