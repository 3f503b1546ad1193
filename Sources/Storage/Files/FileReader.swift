internal import Glibc

/// Reads a file chunk by chunk. Every method blocks: called on the files' thread.
package final class FileReader: Sendable {
    package enum Failure: Error { case missing, damaged }

    private let descriptor: Int32
    private let file: ChunkedFile
    private let size: Int

    /// - Parameter chunk: bytes of content in one chunk of the file.
    package init(path: String, key: [UInt8], size: Int, chunk: Int = ChunkedFile.chunkBytes) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw Failure.missing }
        file = ChunkedFile(key: key, chunk: chunk)
        self.size = size
    }

    deinit { close(descriptor) }

    /// The bytes from `start` to the end of its chunk, or to `end`.
    package func bytes(from start: Int, to end: Int) throws -> [UInt8] {
        let index = start / file.chunk
        let chunkStart = index * file.chunk
        let length = min(file.chunk, size - chunkStart)
        guard length > 0 else { throw Failure.damaged }
        var sealed = [UInt8](repeating: 0, count: length + ChunkedFile.sealBytes)
        var filled = 0
        while filled < sealed.count {
            let count = sealed.withUnsafeMutableBytes { buffer in
                pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled,
                    off_t(file.offset(ofChunk: index) + filled))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure.damaged }
            filled += count
        }
        guard let plain = file.open(sealed, chunk: index), plain.count == length else {
            throw Failure.damaged
        }
        return Array(plain[(start - chunkStart)..<min(length, end - chunkStart)])
    }
}
