internal import Bundles
internal import CSodium
internal import Glibc

/// The outside of a backup: a preamble that holds the stream's key, sealed to the recovery key, and the
/// chunks of libsodium's secretstream (XChaCha20-Poly1305). The last chunk says that it is the last.
enum BackupFormat {
    /// What every backup begins with.
    static let magic = Array("dakghar backup\n".utf8)
    static let version: UInt8 = 1
    /// Bytes of content in a chunk; the last one may have fewer.
    static let chunk = 64 << 10
    static let overhead = Int(crypto_secretstream_xchacha20poly1305_ABYTES)
    static let keyBytes = Int(crypto_secretstream_xchacha20poly1305_KEYBYTES)
    static let sealedBytes = keyBytes + RecoveryKey.sealOverhead
    static let headerBytes = Int(crypto_secretstream_xchacha20poly1305_HEADERBYTES)
    /// Magic, version 1, id of the recovery key 4, sealed stream key 80, header of the stream 24.
    static let preambleBytes = magic.count + 1 + 4 + sealedBytes + headerBytes
}

/// Writes the content of a backup, closed, a chunk at a time.
final class BackupStreamWriter {
    private let output: BackupOutput
    private let preamble: [UInt8]
    private var state = crypto_secretstream_xchacha20poly1305_state()
    private var buffer: [UInt8] = []
    private var isFirst = true

    init(_ output: BackupOutput, for key: RecoveryKey.PublicHalf) throws(BoxFailure) {
        self.output = output
        let streamKey = Sodium.randomBytes(BackupFormat.keyBytes)
        var header = [UInt8](repeating: 0, count: BackupFormat.headerBytes)
        crypto_secretstream_xchacha20poly1305_init_push(&state, &header, streamKey)
        preamble = BackupFormat.magic + [BackupFormat.version] + key.id + key.seal(streamKey) + header
        buffer.reserveCapacity(2 * BackupFormat.chunk)
        try output.append(preamble)
    }

    func write(_ bytes: some Collection<UInt8>) throws(BoxFailure) {
        buffer.append(contentsOf: bytes)
        // The last chunk has to be known as the last: one that is just full waits for what follows.
        while buffer.count > BackupFormat.chunk {
            try push(
                Array(buffer.prefix(BackupFormat.chunk)), crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
            buffer.removeFirst(BackupFormat.chunk)
        }
    }

    /// A short part behind its length, 4 bytes big endian.
    func write(head: [UInt8]) throws(BoxFailure) {
        var writer = ByteWriter(reserving: head.count + 4)
        writer.uint32(UInt32(head.count))
        writer.append(head)
        try write(writer.bytes)
    }

    func finish() throws(BoxFailure) {
        try push(buffer, crypto_secretstream_xchacha20poly1305_TAG_FINAL)
        buffer = []
    }

    private func push(_ plain: [UInt8], _ tag: Int32) throws(BoxFailure) {
        let bound = isFirst ? preamble : []
        isFirst = false
        var sealed = [UInt8](repeating: 0, count: plain.count + BackupFormat.overhead)
        crypto_secretstream_xchacha20poly1305_push(
            &state, &sealed, nil, plain, UInt64(plain.count), bound, UInt64(bound.count), UInt8(tag))
        try output.append(sealed)
    }
}

/// Reads it again; nothing of a chunk is given out that is not what was written.
final class BackupStreamReader {
    private let input: BackupInput
    private let preamble: [UInt8]
    private var state = crypto_secretstream_xchacha20poly1305_state()
    private var buffer: [UInt8] = []
    private var position = 0
    private var isFirst = true
    private var isAtEnd = false

    init(_ input: BackupInput, _ key: RecoveryKey) throws(BoxFailure) {
        self.input = input
        preamble = try input.read(BackupFormat.preambleBytes)
        let magic = BackupFormat.magic
        guard preamble.starts(with: magic) else {
            throw BoxFailure("\(input.path) is no backup of a box.", ExitStatus.badInput)
        }
        guard preamble.count == BackupFormat.preambleBytes else { throw Self.damaged(input) }
        guard preamble[magic.count] == BackupFormat.version else {
            throw BoxFailure(
                "\(input.path) was written by a newer program: restore it with that one.", ExitStatus.badInput
            )
        }
        let body = Array(preamble.dropFirst(magic.count + 1))
        guard Array(body.prefix(4)) == key.publicHalf.id else {
            throw BoxFailure(
                "\(input.path) was made for another recovery key: look for the one of this box and this time.",
                ExitStatus.notPermitted)
        }
        let header = Array(body.suffix(BackupFormat.headerBytes))
        guard let streamKey = key.open(Array(body[4..<4 + BackupFormat.sealedBytes])),
            crypto_secretstream_xchacha20poly1305_init_pull(&state, header, streamKey) == 0
        else { throw Self.damaged(input) }
    }

    /// The next `count` bytes of the content, or fewer: at least one.
    func some(atMost count: Int) throws(BoxFailure) -> ArraySlice<UInt8> {
        if position == buffer.count { try pull() }
        guard position < buffer.count else { throw Self.damaged(input) }
        let end = min(buffer.count, position + count)
        defer { position = end }
        return buffer[position..<end]
    }

    /// The next `count` bytes; for short fields.
    func exactly(_ count: Int) throws(BoxFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += try some(atMost: count - bytes.count) }
        return bytes
    }

    /// A short part that `write(head:)` wrote.
    func head() throws(BoxFailure) -> [UInt8] {
        let length = try exactly(4).reduce(0) { $0 << 8 | Int($1) }
        guard length <= BackupEntry.headLimit else { throw Self.damaged(input) }
        return try exactly(length)
    }

    var damaged: BoxFailure { Self.damaged(input) }

    /// Everything has been read, the last chunk was the last, and nothing is behind it.
    func expectEnd() throws(BoxFailure) {
        guard position == buffer.count else { throw Self.damaged(input) }
        if !isAtEnd { try pull() }
        guard isAtEnd, position == buffer.count, try input.read(1).isEmpty else { throw Self.damaged(input) }
    }

    private func pull() throws(BoxFailure) {
        guard !isAtEnd else { throw Self.damaged(input) }
        let sealed = try input.read(BackupFormat.chunk + BackupFormat.overhead)
        guard sealed.count >= BackupFormat.overhead else { throw Self.damaged(input) }
        var plain = [UInt8](repeating: 0, count: sealed.count - BackupFormat.overhead)
        let bound = isFirst ? preamble : []
        isFirst = false
        var tag: UInt8 = 0
        let code = plain.withUnsafeMutableBufferPointer { plain in
            crypto_secretstream_xchacha20poly1305_pull(
                &state, plain.baseAddress, nil, &tag, sealed, UInt64(sealed.count), bound,
                UInt64(bound.count))
        }
        guard code == 0 else { throw Self.damaged(input) }
        isAtEnd = Int32(tag) == crypto_secretstream_xchacha20poly1305_TAG_FINAL
        (buffer, position) = (plain, 0)
    }

    static func damaged(_ input: BackupInput) -> BoxFailure {
        BoxFailure(
            "\(input.path) is cut or damaged: nothing of it was taken. Copy it again from where it came from, or take an older one.",
            ExitStatus.badInput)
    }
}
