import Glibc

/// libFuzzer without a main of its own (docs/fuzzing.md).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ run: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The target of this process; libFuzzer takes a C function, which cannot carry it.
nonisolated(unsafe) private var chosen: FuzzTarget?

/// `PROGRAM list`, `PROGRAM seeds FOLDER` (writes FOLDER/TARGET/seed-N), or `PROGRAM TARGET` and
/// libFuzzer's own arguments.
package func runFuzzer(_ targets: [FuzzTarget]) -> Never {
    let words = CommandLine.arguments
    switch words.count > 1 ? words[1] : "" {
    case "list":
        for target in targets { print(target.name, target.longest) }
        exit(0)
    case "seeds" where words.count == 3:
        for target in targets { write(target, below: words[2]) }
        exit(0)
    case let name:
        guard let target = targets.first(where: { $0.name == name }) else {
            print("usage: \(words[0]) list | seeds FOLDER | TARGET [ARGUMENTS OF LIBFUZZER]")
            exit(64)
        }
        chosen = target
    }
    // libFuzzer sees the target's name in the place of the program's.
    var count = CommandLine.argc - 1
    var arguments = CommandLine.unsafeArgv + 1
    exit(
        runDriver(&count, &arguments) { bytes, count in
            chosen?.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        })
}

private func write(_ target: FuzzTarget, below folder: String) {
    do {
        let place = "\(folder)/\(target.name)"
        mkdir(folder, 0o755)
        mkdir(place, 0o755)
        for (number, seed) in try target.seeds().enumerated() {
            let path = "\(place)/seed-\(number)"
            guard let file = fopen(path, "wb") else { fatalError("cannot write \(path)") }
            let written = fwrite(seed, 1, seed.count, file)
            guard fclose(file) == 0, written == seed.count else { fatalError("cannot write \(path)") }
        }
    } catch {
        fatalError("the seeds of \(target.name): \(error)")
    }
}
