internal import Glibc

/// One connection through a line: two sockets and what is on its way between them.
struct DemoConnection {
    /// One direction of the connection.
    struct Half {
        let source: Int32
        let target: Int32
        /// Read and not yet written.
        var pending: ArraySlice<UInt8> = []
        /// The source has no more to say.
        var isEnding = false
        var isDone = false

        /// Moves what can be moved without waiting, at most `budget` bytes.
        /// - Returns: the bytes read, or nil if the connection is broken.
        mutating func move(budget: Int) -> Int? {
            var count = 0
            if pending.isEmpty, !isEnding, budget > 0 {
                guard let read = fill(limit: min(budget, 16_384)) else { return nil }
                count = read
            }
            guard drain() else { return nil }
            if isEnding, pending.isEmpty, !isDone {
                isDone = true
                shutdown(target, Int32(SHUT_WR))
            }
            return count
        }

        private mutating func fill(limit: Int) -> Int? {
            var buffer = [UInt8](repeating: 0, count: limit)
            let count = recv(source, &buffer, limit, 0)
            if count > 0 {
                pending = buffer[..<count]
            } else if count == 0 {
                isEnding = true
            } else if errno != EAGAIN, errno != EINTR {
                return nil
            }
            return max(0, count)
        }

        private mutating func drain() -> Bool {
            while !pending.isEmpty {
                let count = pending.withUnsafeBytes {
                    send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                // Not connected yet, or full: later.
                if count < 0 { return [EAGAIN, EINTR, ENOTCONN].contains(errno) }
                pending = pending.dropFirst(count)
            }
            return true
        }

        /// What to wait for on the source and on the target.
        func interest(hasBudget: Bool) -> (source: Int32, target: Int32) {
            let canRead = pending.isEmpty && !isEnding && hasBudget
            return (canRead ? POLLIN : 0, pending.isEmpty ? 0 : POLLOUT)
        }
    }

    var toHub: Half
    var toOffice: Half

    init(office: Int32, hub: Int32) {
        toHub = Half(source: office, target: hub)
        toOffice = Half(source: hub, target: office)
    }

    var isDone: Bool { toHub.isDone && toOffice.isDone }

    /// What to wait for on both sockets; `mayUp` and `mayDown`: whether the line can carry more now.
    func interest(mayUp: Bool, mayDown: Bool) -> [pollfd] {
        let up = toHub.interest(hasBudget: mayUp)
        let down = toOffice.interest(hasBudget: mayDown)
        return [(toHub.source, up.source | down.target), (toHub.target, up.target | down.source)]
            .filter { $0.1 != 0 }
            .map { pollfd(fd: $0.0, events: Int16($0.1), revents: 0) }
    }

    func close() {
        Glibc.close(toHub.source)
        Glibc.close(toHub.target)
    }

    func reset() {
        LoopbackSocket.reset(toHub.source)
        LoopbackSocket.reset(toHub.target)
    }
}
