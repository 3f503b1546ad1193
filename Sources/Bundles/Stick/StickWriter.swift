/// Makes the bytes of a file of bundles, one segment after the other; each is signed together with
/// everything before it.
package struct StickWriter: Sendable {
    package let preamble: StickPreamble
    private let signing: SigningKey
    private var chain: StickChain

    /// A new file, whose first bytes are the preamble's.
    package init(_ preamble: StickPreamble, signing: SigningKey) {
        self.preamble = preamble
        self.signing = signing
        chain = StickChain(preamble.encoded)
    }

    /// Goes on behind the last segment that `reader` has found whole.
    package init?(continuing reader: StickReader, signing: SigningKey) {
        guard let preamble = reader.preamble, let chain = reader.resumable?.chain else { return nil }
        self.preamble = preamble
        self.signing = signing
        self.chain = chain
    }

    /// Length 4, body, signature 64.
    package mutating func append(_ segment: StickSegment) -> [UInt8] {
        let body = segment.body
        chain.append(body[...])
        var writer = ByteWriter(reserving: body.count + 68)
        writer.uint32(UInt32(clamping: body.count))
        writer.append(body)
        writer.append(signing.sign(chain.message))
        return writer.bytes
    }
}
