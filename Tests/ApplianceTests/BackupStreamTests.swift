import Testing

@testable import Appliance

@Suite("The closed stream of a backup") struct BackupStreamTests {
    private let box: TemporaryBox
    private let key = RecoveryKey()
    private var path: String { box.root + "/file" }

    init() throws { box = try TemporaryBox() }

    private func write(_ content: [UInt8], pieces: Int = 7_000) throws {
        let output = try BackupOutput(path)
        let stream = try BackupStreamWriter(output, for: key.publicHalf)
        var rest = content[...]
        while !rest.isEmpty {
            try stream.write(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        try stream.finish()
        try output.finish()
    }

    private func read(_ count: Int, _ key: RecoveryKey? = nil) throws -> [UInt8] {
        let stream = try BackupStreamReader(try BackupInput(path), key ?? self.key)
        let bytes = try stream.exactly(count)
        try stream.expectEnd()
        return bytes
    }

    private static func content(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
    }

    @Test("what was written is read again", arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
    func whole(count: Int) throws {
        let content = Self.content(count)
        try write(content)
        #expect(try read(count) == content)
        #expect(try read(count) == content)
    }

    @Test("a file that was cut, at a chunk or anywhere, is refused")
    func truncated() throws {
        let content = Self.content(131_072 + 10)
        try write(content)
        let whole = try DurableFile.read(path, limit: 1 << 20)
        let head = BackupFormat.preambleBytes
        let chunk = BackupFormat.chunk + BackupFormat.overhead
        for length in [0, 10, head - 1, head, head + chunk, head + 2 * chunk, whole.count - 1] {
            try DurableFile.replace(path, with: Array(whole.prefix(length)))
            #expect(throws: BoxFailure.self) { try read(content.count) }
        }
        try DurableFile.replace(path, with: whole + [0])
        #expect(throws: BoxFailure.self) { try read(content.count) }
        try DurableFile.replace(path, with: whole)
        #expect(try read(content.count) == content)
    }

    @Test("an altered byte is refused, wherever it is")
    func altered() throws {
        let content = Self.content(70_000)
        try write(content)
        let whole = try DurableFile.read(path, limit: 1 << 20)
        for position in [0, 15, 16, 20, 60, 100, 123, 124, 5_000, whole.count - 1] {
            var wrong = whole
            wrong[position] ^= 1
            try DurableFile.replace(path, with: wrong)
            #expect(throws: BoxFailure.self) { try read(content.count) }
        }
    }

    @Test("another key opens nothing, and says so")
    func otherKey() throws {
        try write([1, 2, 3])
        let failure = #expect(throws: BoxFailure.self) { try read(3, RecoveryKey()) }
        #expect(failure?.exitCode == 77)
    }

    @Test("an unfinished file has no name, and nothing is overwritten")
    func names() throws {
        do {
            let output = try BackupOutput(path)
            try output.append([1])
        }
        #expect(!TemporaryBox.exists(path))
        #expect(!TemporaryBox.exists(path + ".part"))
        try write([1])
        #expect(throws: BoxFailure.self) { try BackupOutput(path) }
    }
}

@Suite("Files of a backup") struct BackupEntryTests {
    @Test("an entry survives its encoding")
    func entries() throws {
        let entry = BackupEntry(path: "keys/data.key", mode: 0o400, size: 32)
        #expect(try BackupEntry(decoding: entry.encode()) == entry)
        let described = BackupDescription(name: "finance", domain: "f.test", created: 5, files: 3, bytes: 9)
        #expect(try BackupDescription(decoding: described.encode()) == described)
    }

    @Test("only paths that a box has are plausible")
    func paths() {
        func plausible(_ path: String) -> Bool { BackupEntry(path: path, mode: 0, size: 0).isPlausible }
        for path in ["dakghar.toml", "dakghar.db", "keys/data.key", "blobs/7.file", "blobs/ab/cd/7.file"] {
            #expect(plausible(path), "\(path)")
        }
        for path in [
            "", "/etc/passwd", "lock", "keys", "keys/", "keys/../../x", "keys/.hidden", "other/x", "blobs//x",
            "keys/a\nb", "blobs/1/2/3/4/5/6",
        ] {
            #expect(!plausible(path), "\(path)")
        }
    }

    @Test("the newest nightly backups of this box stay, everything else is left alone")
    func rotation() {
        let names = [
            "finance-20260103-020000.dakghar-backup", "finance-20260101-020000.dakghar-backup",
            "finance-20260102-020000.dakghar-backup", "interior-20250101-020000.dakghar-backup",
            "finance-by-hand.dakghar-backup", "finance-20250101-020000.dakghar-backup.part", "notes.txt",
        ]
        #expect(
            BackupFolder.superfluous(names, box: "finance", keeping: 2)
                == ["finance-20260101-020000.dakghar-backup"])
        #expect(BackupFolder.superfluous(names, box: "finance", keeping: 3).isEmpty)
    }
}
