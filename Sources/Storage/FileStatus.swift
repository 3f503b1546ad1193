internal import Glibc

/// What the file system says of a file (stat(2)). Here, and not where it is asked for: beside X509 or
/// TOMLKit a release build takes the C library's `stat` for CoreFoundation's, which no file imports.
package struct FileStatus: Sendable {
    /// Bytes.
    package let size: Int
    /// Permission bits, without the kind of file.
    package let mode: UInt32
    package let isRegular: Bool
    package let owner: UInt32
    package let group: UInt32
    package let device: UInt64
    package let inode: UInt64

    /// Nil, with `errno` set, when it cannot be asked.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of an open file.
    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        size = Int(status.st_size)
        mode = status.st_mode & 0o7777
        isRegular = status.st_mode & S_IFMT == S_IFREG
        owner = status.st_uid
        group = status.st_gid
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
