extension StreamParser.Limits {
    /// For a stanza that was within a stream's limits once: written again it is longer (`>` becomes
    /// `&gt;`), and has been given addresses and ids. Who calls bounds its bytes.
    package static var detached: StreamParser.Limits {
        var limits = StreamParser.Limits(stanzaBytes: 64 << 20)
        limits.depth += 8
        limits.attributes += 8
        limits.nameBytes *= 2
        limits.tagBytes *= 8
        return limits
    }
}

/// Reading one stanza that stands by itself, such as a stored one.
extension StreamParser {
    /// Reads exactly one serialised element.
    /// - Parameters:
    ///   - bytes: the element as `Element.serialize(into:in:)` wrote it, with nothing around it.
    ///   - defaultNamespace: the namespace that was in force where it was written.
    ///   - limits: as for a stream, but wider.
    /// - Throws: `StreamParserError`; `.invalidXML` when there is not exactly one element.
    package static func parse(
        _ bytes: [UInt8], defaultNamespace: String = NS.client, limits: Limits = .detached
    ) throws(StreamParserError) -> Element {
        // A stream around it gives it its default namespace and the prefix `stream:`.
        var opening: [UInt8] = []
        XMLText.append("<s xmlns:stream='http://etherx.jabber.org/streams' xmlns='", to: &opening)
        XMLText.appendEscapedAttribute(defaultNamespace, to: &opening)
        XMLText.append("'>", to: &opening)
        let parser = StreamParser(limits: limits)
        if case .failed(let error)? = parser.feed(opening).last { throw error }
        let events = parser.feed(bytes)
        if case .failed(let error)? = events.last { throw error }
        let ending = parser.feed(Array("</s>".utf8))
        // A cut-off element leaves its own tag open, which `</s>` cannot close.
        if case .failed(let error)? = ending.last { throw error }
        guard case .stanza(let stanza)? = events.first, events.count == 1, ending == [.closed] else {
            throw .invalidXML
        }
        return stanza
    }
}
