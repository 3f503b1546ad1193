import CExpat

/// Builds stanzas out of expat's calls and keeps the limits.
final class StanzaBuilder {
    var limits: StreamParser.Limits
    var expat: XML_Parser?
    private(set) var isFinished = false

    private let names = NameCache()
    private var events: [StreamParser.Event] = []
    /// The unfinished elements, the stanza first; empty between stanzas.
    private var open: [Element] = []
    private var text: [UInt8] = []
    private var isRootOpen = false
    // Positions in the stream, in bytes: what was fed, where the current stanza began, where the last
    // whole token ended.
    private var fed = 0
    private var stanzaStart = 0
    private var tokenEnd = 0

    init(limits: StreamParser.Limits) {
        self.limits = limits
    }

    func reset() {
        isFinished = false
        events = []
        open = []
        text = []
        isRootOpen = false
        fed = 0
        stanzaStart = 0
        tokenEnd = 0
    }

    /// Takes note of the bytes that expat gets next. A stream that begins as UTF-16 does is refused:
    /// expat would read it, whatever encoding it was told.
    func willFeed(_ bytes: UnsafeRawBufferPointer) {
        if fed < 2 && bytes.prefix(2 - fed).contains(where: { $0 == 0 || $0 >= 0xFE }) {
            fail(.unsupportedEncoding)
        }
        fed += bytes.count
    }

    func takeEvents() -> [StreamParser.Event] {
        defer { events = [] }
        return events
    }

    func finish(_ error: StreamParserError) -> [StreamParser.Event] {
        fail(error)
        return takeEvents()
    }

    /// Ends the stream with an error; only the first one counts.
    func fail(_ error: StreamParserError) {
        guard !isFinished else { return }
        events.append(.failed(error))
        end()
    }

    /// What expat holds back because it is not complete counts, too.
    func checkUnfinished() {
        guard !isFinished else { return }
        if fed - stanzaStart > limits.stanzaBytes || fed - tokenEnd > limits.tagBytes { fail(.tooLarge) }
    }

    // MARK: Called by expat

    func startElement(
        _ name: UnsafePointer<CChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    ) {
        guard !isFinished, tokenSeen() else { return }
        guard isRootOpen else {
            guard let root = element(name, attributes) else { return }
            isRootOpen = true
            stanzaStart = tokenEnd
            events.append(.opened(root))
            return
        }
        guard open.count < limits.depth else { return fail(.tooDeep) }
        guard let element = element(name, attributes) else { return }
        flushText()
        open.append(element)
    }

    func endElement() {
        guard !isFinished, tokenSeen() else { return }
        flushText()
        guard let element = open.popLast() else {
            events.append(.closed)
            return end()
        }
        if open.isEmpty {
            events.append(.stanza(element))
            stanzaStart = tokenEnd
        } else {
            open[open.count - 1].nodes.append(.element(element))
        }
    }

    func characters(_ bytes: UnsafeBufferPointer<CChar>) {
        guard !isFinished, tokenSeen() else { return }
        guard !open.isEmpty else {
            // Whitespace keeps a connection alive and belongs to no stanza (RFC 6120 §4.6.1).
            stanzaStart = tokenEnd
            let blank = bytes.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
            if !blank { fail(.invalidXML) }
            return
        }
        text.append(contentsOf: UnsafeRawBufferPointer(bytes))
    }

    func xmlDeclaration(encoding: UnsafePointer<CChar>?) {
        guard !isFinished, tokenSeen(), let encoding else { return }
        if String(cString: encoding).lowercased() != "utf-8" { fail(.unsupportedEncoding) }
    }

    // MARK: Own steps

    private func end() {
        isFinished = true
        open = []
        text = []
        // Takes effect when the handler that is running returns; outside of one it changes nothing.
        if let expat { _ = XML_StopParser(expat, 0) }
    }

    /// Notes that expat has a whole token, and checks the stanza's size.
    private func tokenSeen() -> Bool {
        guard let expat else { return false }
        tokenEnd = Int(XML_GetCurrentByteIndex(expat)) + Int(XML_GetCurrentByteCount(expat))
        guard tokenEnd - stanzaStart <= limits.stanzaBytes else {
            fail(.tooLarge)
            return false
        }
        return true
    }

    private func flushText() {
        guard !text.isEmpty else { return }
        if !open.isEmpty { open[open.count - 1].nodes.append(.text(String(decoding: text, as: UTF8.self))) }
        // A long text's memory is not kept for the life of a connection.
        text.removeAll(keepingCapacity: text.capacity <= 4096)
    }

    /// The element without its content; nil after `fail`.
    private func element(
        _ name: UnsafePointer<CChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    ) -> Element? {
        guard let resolved = names.resolve(name, limit: limits.nameBytes) else {
            fail(.tooLarge)
            return nil
        }
        var element = Element(
            name: resolved.name, namespace: resolved.namespace, attributes: [], nodes: [])
        guard let attributes, let expat else { return element }
        // Names and values alternate, and nil ends them.
        let count = Int(XML_GetSpecifiedAttributeCount(expat)) / 2
        guard count <= limits.attributes else {
            fail(.invalidXML)
            return nil
        }
        element.attributes.reserveCapacity(count)
        for index in 0..<count {
            guard let key = attributes[index * 2], let value = attributes[index * 2 + 1] else { break }
            guard let attribute = names.resolve(key, limit: limits.nameBytes) else {
                fail(.tooLarge)
                return nil
            }
            element.attributes.append(
                Attribute(
                    name: attribute.name, namespace: attribute.namespace, value: String(cString: value)))
        }
        return element
    }
}
