import Glibc
import Testing

@testable import Appliance

@Suite("The box's directory")
struct BoxDirectoryTests {
    @Test("--dir wins over DAKGHAR_DIR, and both over the default")
    func resolution() {
        let environment = ["DAKGHAR_DIR": "/srv/box/"]
        #expect(BoxDirectory.resolve(argument: "/a", environment: environment).path == "/a")
        #expect(BoxDirectory.resolve(argument: nil, environment: environment).path == "/srv/box")
        #expect(BoxDirectory.resolve(argument: nil, environment: [:]).path == "/var/lib/dakghar")
        #expect(
            BoxDirectory.resolve(argument: nil, environment: ["DAKGHAR_DIR": ""]).path == "/var/lib/dakghar")
    }

    @Test("a new directory and its folders are closed to others")
    func creation() throws {
        let box = try TemporaryBox()
        let directory = box.directory
        try directory.create()
        for folder in [directory.path, directory.keys, directory.certificates, directory.blobs] {
            #expect(TemporaryBox.mode(folder) == 0o700)
        }
    }

    @Test("an existing empty directory is taken and closed, a box is never overwritten")
    func noOverwriting() throws {
        let box = try TemporaryBox()
        #expect(mkdir(box.directory.path, 0o755) == 0)
        try box.directory.create()
        #expect(TemporaryBox.mode(box.directory.path) == 0o700)
        #expect(throws: BoxDirectoryError.alreadyABox(box.directory.path)) { try box.directory.create() }
    }

    @Test("the second to lock a directory is told who holds it, and to try again")
    func lockTwice() throws {
        let box = try TemporaryBox()
        try box.directory.create()
        do {
            let lock = try BoxLock(box.directory)
            let error = BoxDirectoryError.running(directory: box.directory.path, pid: getpid())
            #expect(throws: error) { try BoxLock(box.directory) }
            #expect(error.description == "a box is running on \(box.directory.path) (pid \(getpid()))")
            #expect(error.exitCode == 75)
            withExtendedLifetime(lock) {}
        }
        #expect(throws: Never.self) { try BoxLock(box.directory) }
    }

    @Test("a secret that others can read is not used")
    func exposedKey() throws {
        let box = try TemporaryBox()
        try box.directory.create()
        let path = box.directory.key("identity")
        try KeyFile.create(path, [1, 2, 3])
        #expect(TemporaryBox.mode(path) == 0o400)
        #expect(try KeyFile.read(path) == [1, 2, 3])
        #expect(chmod(path, 0o440) == 0)
        let error = BoxDirectoryError.exposedKey(path: path, mode: 0o440)
        #expect(throws: error) { try KeyFile.read(path) }
        #expect(error.description.contains("chmod 0400"))
    }

    @Test("a secret is never overwritten and has to have its length")
    func keyFiles() throws {
        let box = try TemporaryBox()
        try box.directory.create()
        let path = box.directory.key("identity")
        try KeyFile.create(path, [1, 2, 3])
        #expect(throws: BoxDirectoryError.file(FileError("create", path, code: EEXIST))) {
            try KeyFile.create(path, [4])
        }
        #expect(try KeyFile.read(path) == [1, 2, 3])
        #expect(throws: BoxDirectoryError.self) { try KeyFile.read(path, size: 32) }
        let link = box.directory.key("link")
        #expect(symlink(path, link) == 0)
        #expect(throws: BoxDirectoryError.self) { try KeyFile.read(link) }
    }

    @Test("the data key comes from systemd's credential where there is one")
    func dataKey() throws {
        let box = try TemporaryBox()
        try box.directory.create()
        try DataKey.create(box.directory, environment: [:])
        let own = try DataKey.load(box.directory, environment: [:])
        #expect(own.count == 32)
        #expect(Set(own).count > 8)
        let environment = ["CREDENTIALS_DIRECTORY": box.root]
        #expect(try DataKey.load(box.directory, environment: environment) == own)
        let credential = [UInt8](repeating: 7, count: 32)
        try DurableFile.create(box.root + "/dakghar.data-key", with: credential, mode: 0o440)
        #expect(try DataKey.load(box.directory, environment: environment) == credential)
        try DurableFile.replace(box.root + "/dakghar.data-key", with: [1], mode: 0o440)
        #expect(throws: BoxDirectoryError.self) { try DataKey.load(box.directory, environment: environment) }
    }
}
