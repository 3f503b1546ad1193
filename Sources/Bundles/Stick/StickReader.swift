/// Reads a file of bundles in pieces of any size, holding one segment at most, and verifies each segment
/// before it hands it out.
package struct StickReader: Sendable {
    /// Where a writer may go on after an interruption.
    struct Resumption: Sendable {
        let chain: StickChain
        let offset: Int
        let note: [UInt8]
    }

    package private(set) var preamble: StickPreamble?
    /// Whether the end mark has come.
    package private(set) var isComplete = false
    /// Bytes of preamble and segments that are whole and verified.
    package private(set) var verifiedBytes = 0
    private var identityKey: [UInt8] = []
    private var chain: StickChain?
    private var buffer: [UInt8] = []
    private var position = 0
    private(set) var resumable: Resumption?

    package init() {}

    /// The writer's note in the last whole segment before the end mark, and the bytes up to its end.
    package var resumption: (offset: Int, note: [UInt8])? { resumable.map { ($0.offset, $0.note) } }

    /// Hash over everything that was read, of a complete file: tells two files apart.
    package var digest: [UInt8]? { isComplete ? chain?.hash : nil }

    /// Takes the next bytes and returns the segments that are whole with them.
    /// - Parameter signer: looks at the preamble, and says which identity key the file must be signed with.
    package mutating func feed(
        _ bytes: some Sequence<UInt8>, signer: (StickPreamble) throws -> [UInt8]
    ) throws -> [StickSegment] {
        buffer.append(contentsOf: bytes)
        if preamble == nil {
            let known = min(buffer.count, StickPreamble.magic.count)
            guard buffer.prefix(known).elementsEqual(StickPreamble.magic.prefix(known)) else {
                throw StickError.notAStick
            }
            guard buffer.count >= StickPreamble.size else { return [] }
            let head = Array(buffer.prefix(StickPreamble.size))
            let read = try StickPreamble(head)
            identityKey = try signer(read)
            preamble = read
            chain = StickChain(head)
            position = StickPreamble.size
            verifiedBytes = position
        }
        var segments: [StickSegment] = []
        while let segment = try next() { segments.append(segment) }
        buffer.removeFirst(position)
        position = 0
        return segments
    }

    /// No more bytes come.
    package func end() throws(StickError) {
        guard isComplete, buffer.isEmpty else { throw .truncated }
    }

    private mutating func next() throws(StickError) -> StickSegment? {
        guard var next = chain, buffer.count > position else { return nil }
        guard !isComplete else { throw .trailing }
        guard buffer.count - position >= 4 else { return nil }
        let length = buffer[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        // A length that no writer writes: the bytes are not its.
        guard length <= StickSegment.maxBytes else { throw .altered }
        let end = position + 4 + length
        guard buffer.count >= end + SigningKey.signatureSize else { return nil }
        let body = buffer[position + 4..<end]
        let signature = Array(buffer[end..<end + SigningKey.signatureSize])
        next.append(body)
        guard SigningKey.verify(signature, of: next.message, by: identityKey) else { throw .altered }
        let segment: StickSegment
        do { segment = try StickSegment(body: body) } catch { throw .malformed(error) }
        chain = next
        position = end + SigningKey.signatureSize
        verifiedBytes += 4 + length + SigningKey.signatureSize
        if segment.kind == .end {
            isComplete = true
        } else {
            resumable = Resumption(chain: next, offset: verifiedBytes, note: segment.note)
        }
        return segment
    }
}
