internal import Glibc
internal import Synchronization

/// A file on its way to the disk: hashed and sealed while it comes, seen by nobody before it is whole.
/// Every method blocks: called on the files' thread, one at a time.
package final class IncomingFile: Sendable {
    package enum Failure: Error { case disk }

    /// What belongs to the one call that runs.
    private struct State: ~Copyable {
        var descriptor: Int32 = -1
        var hash = ContentHash()
        var pending: [UInt8] = []
        var chunk = 0
    }

    package let key = ChunkedFile.newKey()
    private let temporary: String
    private let path: String
    /// Nil takes the bytes only to compare their hash.
    private let keeps: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: where it is in the end.
    ///   - keeps: false takes the bytes for their hash only.
    package init(path: String, attempt: Int, keeps: Bool) {
        self.path = path
        self.keeps = keeps
        temporary = "\(path).\(attempt).part"
    }

    deinit { state.withLock { if $0.descriptor >= 0 { Glibc.close($0.descriptor) } } }

    package func write(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            state.hash.update(bytes)
            guard keeps else { return }
            if state.descriptor < 0 { try begin(&state) }
            state.pending += bytes
            var start = 0
            while state.pending.count - start >= ChunkedFile.chunkBytes {
                try seal(state.pending[start..<start + ChunkedFile.chunkBytes], &state)
                start += ChunkedFile.chunkBytes
            }
            state.pending.removeFirst(start)
        }
    }

    private func begin(_ state: inout State) throws {
        state.descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard state.descriptor >= 0 else { throw Failure.disk }
        try Descriptor.write(ChunkedFile.magic, to: state.descriptor)
    }

    private func seal(_ plain: ArraySlice<UInt8>, _ state: inout State) throws {
        try Descriptor.write(ChunkedFile(key: key).seal(plain, chunk: state.chunk), to: state.descriptor)
        state.chunk += 1
    }

    /// Everything is on the disk when this returns.
    /// - Returns: the hash of the content.
    package func finish() throws -> [UInt8] {
        try state.withLock { state in
            guard keeps else { return state.hash.finish() }
            if !state.pending.isEmpty { try seal(state.pending[...], &state) }
            guard fsync(state.descriptor) == 0, rename(temporary, path) == 0 else { throw Failure.disk }
            Glibc.close(state.descriptor)
            state.descriptor = -1
            try Descriptor.syncFolder(of: path)
            return state.hash.finish()
        }
    }

    /// Leaves nothing behind.
    package func discard() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            Glibc.close(state.descriptor)
            state.descriptor = -1
            unlink(temporary)
        }
    }
}
