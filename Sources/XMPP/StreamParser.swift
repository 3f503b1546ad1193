import CExpat

/// Reads a client's stream piece by piece and hands out whole stanzas (RFC 6120 §4). Belongs to one
/// thread. Holds at most one unfinished stanza, which `Limits` bounds.
package final class StreamParser {
    /// What a stream may ask of memory.
    package struct Limits: Sendable {
        /// Bytes of one stanza as written, and of the stream's opening tag.
        package var stanzaBytes = 262_144
        /// Elements inside each other, the stanza itself being 1.
        package var depth = 64
        /// Attributes of one element.
        package var attributes = 64
        /// Bytes of one element's or attribute's name, its namespace included.
        package var nameBytes = 512
        /// Bytes of one tag. Expat scans an unfinished tag again whenever more of it comes, so that
        /// this also bounds the work that a drip-fed tag causes.
        package var tagBytes = 32_768

        package init() {}

        package init(stanzaBytes: Int) {
            self.stanzaBytes = stanzaBytes
        }
    }

    /// What was read.
    package enum Event: Sendable, Equatable {
        /// The stream's opening tag, with its attributes and no content.
        case opened(Element)
        case stanza(Element)
        /// The stream's closing tag. What follows is ignored.
        case closed
        /// The stream is broken. What follows is ignored.
        case failed(StreamParserError)
    }

    /// May be raised while the parser is in use, for instance after authentication.
    package var limits: Limits {
        get { builder.limits }
        set { builder.limits = newValue }
    }

    private let builder: StanzaBuilder
    private let expat: XML_Parser?

    package init(limits: Limits = Limits()) {
        builder = StanzaBuilder(limits: limits)
        expat = XML_ParserCreateNS("UTF-8", ExpatHandlers.separator)
        builder.expat = expat
        prepare()
    }

    deinit {
        if let expat { XML_ParserFree(expat) }
    }

    /// Begins a new stream: after STARTTLS and after authentication. Whatever was unfinished is gone,
    /// and bytes of the old stream that were already fed have no effect on the new one.
    package func reset() {
        if let expat { _ = XML_ParserReset(expat, "UTF-8") }
        builder.reset()
        prepare()
    }

    /// Reads the next bytes of the stream, cut anywhere.
    /// - Returns: what they completed, in order; empty once the stream was closed or failed.
    package func feed(_ bytes: UnsafeRawBufferPointer) -> [Event] {
        guard let expat else { return builder.finish(.outOfMemory) }
        var offset = 0
        while offset < bytes.count && !builder.isFinished {
            guard let base = bytes.baseAddress else { break }
            // Expat counts in Int32; and a piece is the most that it may copy beyond the limits.
            let count = min(bytes.count - offset, 65_536)
            let start = base.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            builder.willFeed(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
            if builder.isFinished { break }
            let status = XML_Parse(expat, start, Int32(count), 0)
            if status == XML_STATUS_ERROR && !builder.isFinished {
                builder.fail(ExpatHandlers.reason(XML_GetErrorCode(expat)))
            }
            builder.checkUnfinished()
            offset += count
        }
        return builder.takeEvents()
    }

    /// Reads the next bytes of the stream, cut anywhere.
    package func feed(_ bytes: [UInt8]) -> [Event] {
        bytes.withUnsafeBytes { feed($0) }
    }

    private func prepare() {
        guard let expat else { return }
        ExpatHandlers.install(in: expat, for: builder)
    }
}
