import CSQLite
import Glibc
import Synchronization

/// SQLite's file layer with a ``VolatileDisk`` beside the real one: files of watched directories are read
/// and written as ever, and the disk remembers what of them was synced. Nothing else is touched.
/// Source: sqlite.org/vfs.html; `sqlite3_vfs`, `sqlite3_io_methods`.
enum LossyVFS {
    private struct Watched: Sendable {
        let directory: String
        let disk: VolatileDisk
    }

    /// What lies at the beginning of our `sqlite3_file`; the real one follows at `realOffset`.
    private struct Header {
        var base: sqlite3_file
        /// The index of the open file plus one; 0 for one that nobody watches.
        var number: Int
    }

    private struct OpenFile: Sendable {
        let disk: VolatileDisk
        let path: String
    }

    private static let realOffset = 64
    /// `SQLITE_IOERR_FSYNC`, which is an expression in the header.
    private static let failedSync = SQLITE_IOERR | (4 << 8)
    private static let watched = Mutex<[Watched]>([])
    private static let openFiles = Mutex<[OpenFile]>([])
    // Set once, before the VFS is known to anybody, and only read from then on.
    nonisolated(unsafe) private static let real: UnsafeMutablePointer<sqlite3_vfs> = sqlite3_vfs_find("unix")

    /// Registers the VFS as the default one of this process, once.
    static let install: Void = {
        let made = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        made.initialize(to: real.pointee)
        made.pointee.zName = UnsafePointer(strdup("lossy"))
        made.pointee.pNext = nil
        made.pointee.szOsFile = Int32(realOffset) + real.pointee.szOsFile
        made.pointee.xOpen = { _, name, file, flags, outFlags in
            LossyVFS.open(name, file, flags, outFlags)
        }
        made.pointee.xDelete = { _, name, syncDirectory in
            let code = real.pointee.xDelete(real, name, syncDirectory)
            if code == SQLITE_OK, let name {
                LossyVFS.find(String(cString: name))?.disk.deleted(String(cString: name))
            }
            return code
        }
        sqlite3_vfs_register(made, 1)
    }()

    /// Watches all files of SQLite below a directory from now on.
    static func watch(_ directory: String, _ disk: VolatileDisk) {
        _ = install
        watched.withLock { $0.append(Watched(directory: directory + "/", disk: disk)) }
    }

    static func forget(_ directory: String) {
        watched.withLock { $0.removeAll { $0.directory == directory + "/" } }
    }

    private static func find(_ path: String) -> Watched? {
        watched.withLock { $0.first { path.hasPrefix($0.directory) } }
    }

    // MARK: Files

    private static func open(
        _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
        _ outFlags: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let file else { return SQLITE_MISUSE }
        file.pointee.pMethods = nil
        header(file).pointee.number = 0
        let code = real.pointee.xOpen(real, name, realFile(file), flags, outFlags)
        guard code == SQLITE_OK else { return code }
        if let name {
            let path = String(cString: name)
            if let found = find(path) {
                header(file).pointee.number = openFiles.withLock {
                    $0.append(OpenFile(disk: found.disk, path: path))
                    return $0.count
                }
            }
        }
        file.pointee.pMethods = UnsafePointer(methods)
        return SQLITE_OK
    }

    private static func header(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<Header> {
        UnsafeMutableRawPointer(file).assumingMemoryBound(to: Header.self)
    }

    private static func realFile(
        _ file: UnsafeMutablePointer<sqlite3_file>
    ) -> UnsafeMutablePointer<sqlite3_file> {
        (UnsafeMutableRawPointer(file) + realOffset).assumingMemoryBound(to: sqlite3_file.self)
    }

    private static func lower(
        _ file: UnsafeMutablePointer<sqlite3_file>?
    ) -> (UnsafeMutablePointer<sqlite3_file>, sqlite3_io_methods) {
        let below = realFile(file!)
        return (below, below.pointee.pMethods.pointee)
    }

    private static func openFile(_ file: UnsafeMutablePointer<sqlite3_file>?) -> OpenFile? {
        guard let file, header(file).pointee.number > 0 else { return nil }
        let index = header(file).pointee.number - 1
        return openFiles.withLock { $0[index] }
    }

    // Made once, then only read.
    nonisolated(unsafe) private static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
        let made = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var methods = sqlite3_io_methods()
        // The second version has shared memory, and no mapped pages past which a write could go.
        methods.iVersion = 2
        methods.xClose = { file in
            let (below, methods) = lower(file)
            return methods.xClose(below)
        }
        methods.xRead = { file, bytes, count, offset in
            let (below, methods) = lower(file)
            return methods.xRead(below, bytes, count, offset)
        }
        methods.xFileSize = { file, size in
            let (below, methods) = lower(file)
            return methods.xFileSize(below, size)
        }
        methods.xLock = { file, level in
            let (below, methods) = lower(file)
            return methods.xLock(below, level)
        }
        methods.xUnlock = { file, level in
            let (below, methods) = lower(file)
            return methods.xUnlock(below, level)
        }
        methods.xCheckReservedLock = { file, result in
            let (below, methods) = lower(file)
            return methods.xCheckReservedLock(below, result)
        }
        methods.xFileControl = { file, operation, argument in
            let (below, methods) = lower(file)
            return methods.xFileControl(below, operation, argument)
        }
        methods.xSectorSize = { _ in 512 }
        // No promise about order or atomic writes: SQLite must do without.
        methods.xDeviceCharacteristics = { _ in 0 }
        methods.xShmMap = { file, region, size, extend, mapped in
            let (below, methods) = lower(file)
            return methods.xShmMap(below, region, size, extend, mapped)
        }
        methods.xShmLock = { file, offset, count, flags in
            let (below, methods) = lower(file)
            return methods.xShmLock(below, offset, count, flags)
        }
        methods.xShmBarrier = { file in
            let (below, methods) = lower(file)
            methods.xShmBarrier(below)
        }
        methods.xShmUnmap = { file, deletes in
            let (below, methods) = lower(file)
            return methods.xShmUnmap(below, deletes)
        }
        addChanges(&methods)
        made.initialize(to: methods)
        return made
    }()

    private static func addChanges(_ methods: inout sqlite3_io_methods) {
        methods.xWrite = { file, bytes, count, offset in
            let (below, methods) = LossyVFS.lower(file)
            guard let open = LossyVFS.openFile(file) else {
                return methods.xWrite(below, bytes, count, offset)
            }
            guard open.disk.hasRoom() else { return SQLITE_FULL }
            let code = methods.xWrite(below, bytes, count, offset)
            if code == SQLITE_OK {
                let written = [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(count)))
                open.disk.wrote(open.path, at: Int(offset), written)
            }
            return code
        }
        methods.xTruncate = { file, size in
            let (below, methods) = LossyVFS.lower(file)
            let code = methods.xTruncate(below, size)
            if code == SQLITE_OK, let open = LossyVFS.openFile(file) {
                open.disk.truncated(open.path, to: Int(size))
            }
            return code
        }
        methods.xSync = { file, flags in
            guard let open = LossyVFS.openFile(file) else {
                let (below, methods) = LossyVFS.lower(file)
                return methods.xSync(below, flags)
            }
            // The real disk need not be asked: what counts is what this one remembers.
            return open.disk.synced(open.path) ? SQLITE_OK : LossyVFS.failedSync
        }
    }
}
