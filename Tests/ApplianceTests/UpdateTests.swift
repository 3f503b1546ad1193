import Bundles
import Glibc
import Testing

@testable import Appliance

@Suite("Versions") struct ProgramVersionTests {
    @Test("versions are ordered by their numbers, what comes before one is older")
    func order() throws {
        let texts = ["0.1.0-rc1", "0.1.0", "0.1.1", "0.2.0", "0.10.0", "1.0.0-a", "1.0.0-b", "1.0.0"]
        let versions = try texts.map { try #require(ProgramVersion($0)) }
        #expect(versions.sorted() == versions)
        #expect(versions.map(\.description) == texts)
        #expect(ProgramVersion(ProgramVersion.text) != nil)
    }

    @Test(
        "anything else is no version",
        arguments: ["", "1", "1.2", "1.2.3.4", "a.b.c", "1..2", "1.2.-3", "1.2.3-", "1.2.3-a b"])
    func malformed(text: String) { #expect(ProgramVersion(text) == nil) }
}

@Suite("Updates") struct UpdateTests {
    private let box: TemporaryBox
    private let key = SigningKey.generate()
    private var file: String { box.root + "/file" }
    private var files: ProgramFiles { ProgramFiles(box.root + "/program") }

    init() throws {
        box = try TemporaryBox()
        try box.directory.create()
        try script("exit 0", at: files.program)
    }

    private func script(_ text: String, at path: String) throws {
        try DurableFile.replace(path, with: Array("#!/bin/sh\n\(text)\n".utf8), mode: 0o755)
    }

    private func make(
        _ text: String, version: String = "99.0.0", architecture: String = ProgramArchitecture.own,
        key: SigningKey? = nil
    ) throws {
        try script(text, at: box.root + "/made")
        if TemporaryBox.exists(file) { unlink(file) }
        try UpdateMaking.write(
            box.root + "/made", to: file, version: try #require(ProgramVersion(version)),
            architecture: architecture, key: key ?? self.key)
    }

    private func apply(_ allowDowngrade: Bool = false) throws -> ProgramUpdate.Outcome {
        try ProgramUpdate(files, keys: [SigningKey.generate().publicKey, key.publicKey]).apply(
            file, allowDowngrade: allowDowngrade
        ) { _, _ in }
    }

    private func content(_ path: String) throws -> String {
        String(decoding: try DurableFile.read(path, limit: 1 << 20), as: UTF8.self)
    }

    private func settle() throws -> UpdateSettlement.Outcome {
        try UpdateSettlement(files, box.directory).settle()
    }

    @Test("a signed program takes the place of the old one, which stays beside it")
    func applied() throws {
        try make("exit 0 # new")
        #expect(try apply().isApplied)
        #expect(try content(files.program).contains("new"))
        #expect(try !content(files.previous).contains("new"))
        #expect(TemporaryBox.mode(files.program) == 0o755)
        #expect(!TemporaryBox.exists(files.program + ".new"))
        #expect(try !apply().isApplied)
    }

    @Test("nothing is changed by a file that is altered, cut, unsigned, for others, or does not start")
    func refused() throws {
        func leavesAlone(_ code: Int32, _ downgrade: Bool = false) throws {
            let failure = #expect(throws: BoxFailure.self) { try apply(downgrade) }
            #expect(failure?.exitCode == code)
            #expect(try content(files.program) == "#!/bin/sh\nexit 0\n")
            #expect(!TemporaryBox.exists(files.trial) && !TemporaryBox.exists(files.program + ".new"))
        }
        try make("exit 0 # new")
        let whole = try DurableFile.read(file, limit: 1 << 20)
        for length in [0, 5, 20, 100, whole.count - 1] {
            try DurableFile.replace(file, with: Array(whole.prefix(length)))
            try leavesAlone(65)
        }
        try DurableFile.replace(file, with: whole + [1])
        try leavesAlone(65)
        var altered = whole
        altered[whole.count - 2] ^= 1
        try DurableFile.replace(file, with: altered)
        try leavesAlone(65)
        altered = whole
        altered[22] ^= 1
        try DurableFile.replace(file, with: altered)
        try leavesAlone(77)
        try make("exit 0 # new", key: .generate())
        try leavesAlone(77)
        try make("exit 0 # new", architecture: "other")
        try leavesAlone(65)
        try make("exit 3")
        try leavesAlone(1)
        try make("exit 0 # old", version: "0.0.1")
        try leavesAlone(77)
        #expect(try apply(true).isApplied)
    }

    @Test("a program that never proves itself goes after its starts; the one before is back")
    func rolledBack() throws {
        try make("exit 0 # broken")
        _ = try apply()
        for start in 1...UpdateSettlement.starts { #expect(try settle() == .onTrial(starts: start)) }
        #expect(try settle() == .rolledBack(version: "99.0.0"))
        #expect(try !content(files.program).contains("broken"))
        #expect(try settle() == .none)
        // It can be tried again.
        #expect(try apply().isApplied)
        #expect(try settle() == .onTrial(starts: 1))
    }

    @Test("a program that has served long enough stays; so does one that was installed by hand")
    func settled() throws {
        try make("exit 0 # good")
        _ = try apply()
        #expect(try settle() == .onTrial(starts: 1))
        let digest = ProgramTrial.hexadecimal(try files.digest())
        try DurableFile.replace(box.directory.goodProgram, with: Array(digest.utf8))
        #expect(try settle() == .settled)
        #expect(try settle() == .none)
        #expect(try content(files.program).contains("good"))
        try make("exit 0 # next")
        _ = try apply()
        #expect(try settle() == .onTrial(starts: 1))
        try script("exit 0 # by hand", at: files.program)
        #expect(try settle() == .settled)
        #expect(try content(files.program).contains("by hand"))
    }
}
