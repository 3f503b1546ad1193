internal import Glibc

/// A file of another box while it arrives: units come in any order, each sealed in its place.
/// Every method blocks: called on the files' thread.
package final class PartialFile: Sendable {
    private let descriptor: Int32
    private let path: String
    private let file: ChunkedFile

    /// Opens the file, or makes it: then its name is on the disk, too, when this returns.
    /// - Parameter unit: bytes of content in one unit.
    package init(path: String, key: [UInt8], unit: Int) throws {
        var isNew = false
        var opened = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        if opened < 0, errno == ENOENT {
            opened = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            isNew = true
        }
        guard opened >= 0 else { throw IncomingFile.Failure.disk }
        descriptor = opened
        self.path = path
        file = ChunkedFile(key: key, chunk: unit)
        guard isNew else { return }
        try Descriptor.write(ChunkedFile.magic, to: descriptor, at: 0)
        try Descriptor.syncFolder(of: path)
    }

    deinit { close(descriptor) }

    /// Writes units from `first` on; `sync` brings them to the disk.
    package func write(_ bytes: ArraySlice<UInt8>, from first: Int) throws {
        var index = first
        var rest = bytes
        while !rest.isEmpty {
            let sealed = file.seal(rest.prefix(file.chunk), chunk: index)
            try Descriptor.write(sealed, to: descriptor, at: file.offset(ofChunk: index))
            rest = rest.dropFirst(file.chunk)
            index += 1
        }
    }

    package func sync() throws {
        guard fdatasync(descriptor) == 0 else { throw IncomingFile.Failure.disk }
    }

    /// BLAKE2b-256 of the content, read back from the disk.
    package func hash(size: Int) throws -> [UInt8] {
        let reader = try FileReader(path: path, key: file.key, size: size, chunk: file.chunk)
        var hash = ContentHash()
        var next = 0
        while next < size {
            let bytes = try reader.bytes(from: next, to: size)
            hash.update(bytes)
            next += bytes.count
        }
        return hash.finish()
    }
}
