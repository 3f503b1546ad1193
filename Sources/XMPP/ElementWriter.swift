/// Writing elements as XML. `xmlns` appears only where the default namespace changes; the stream
/// namespace keeps the prefix `stream:`, which the stream's root declares (RFC 6120 §4.8.5), and XML's
/// own keeps `xml:`, because it may not be declared as a default.
extension Element {
    /// Appends the element as UTF-8.
    /// - Parameter parentNamespace: the default namespace in force where the element is put:
    ///   `NS.client` for a stanza in a client stream, "" for a document of its own.
    package func serialize(into bytes: inout [UInt8], in parentNamespace: String) {
        let prefix = namespace == NS.streams ? "stream:" : namespace == NS.xml ? "xml:" : ""
        bytes.append(UInt8(ascii: "<"))
        XMLText.append(prefix, to: &bytes)
        XMLText.append(name, to: &bytes)
        var inner = parentNamespace
        if prefix.isEmpty && namespace != parentNamespace {
            inner = namespace
            XMLText.append(" xmlns='", to: &bytes)
            XMLText.appendEscapedAttribute(namespace, to: &bytes)
            bytes.append(UInt8(ascii: "'"))
        }
        for index in attributes.indices { writeAttribute(index, to: &bytes) }
        if nodes.isEmpty {
            XMLText.append("/>", to: &bytes)
            return
        }
        bytes.append(UInt8(ascii: ">"))
        for node in nodes {
            switch node {
            case .element(let child): child.serialize(into: &bytes, in: inner)
            case .text(let text): XMLText.appendEscapedText(text, to: &bytes)
            }
        }
        XMLText.append("</", to: &bytes)
        XMLText.append(prefix, to: &bytes)
        XMLText.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ">"))
    }

    /// The element as UTF-8.
    package func serialized(in parentNamespace: String = NS.client) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        serialize(into: &bytes, in: parentNamespace)
        return bytes
    }

    /// Whether the element is longer than `limit` bytes when it is written. What was read can be written
    /// many times longer: a prefix becomes a whole namespace, `>` becomes `&gt;`.
    package func isLonger(than limit: Int) -> Bool {
        writtenAtMost(stopAt: limit) > limit && serialized().count > limit
    }

    /// A bound that needs no writing, as most stanzas are far below any limit.
    private func writtenAtMost(stopAt limit: Int) -> Int {
        // Brackets, names at both ends, the namespace's declaration; an escaped byte has at most 6.
        var bytes = 32 + 2 * name.utf8.count + 6 * namespace.utf8.count
        for attribute in attributes {
            bytes +=
                32 + attribute.name.utf8.count + 6
                * (attribute.namespace.utf8.count + attribute.value.utf8.count)
        }
        for node in nodes {
            guard bytes <= limit else { break }
            switch node {
            case .element(let child): bytes += child.writtenAtMost(stopAt: limit - bytes)
            case .text(let text): bytes += 6 * text.utf8.count
            }
        }
        return bytes
    }

    private func writeAttribute(_ index: Int, to bytes: inout [UInt8]) {
        let attribute = attributes[index]
        bytes.append(UInt8(ascii: " "))
        if attribute.namespace == NS.xml {
            XMLText.append("xml:", to: &bytes)
        } else if !attribute.namespace.isEmpty {
            // Rare in XMPP: the prefix is declared on the spot and numbered by the attribute's place.
            let prefix = "a\(index)"
            XMLText.append("xmlns:\(prefix)='", to: &bytes)
            XMLText.appendEscapedAttribute(attribute.namespace, to: &bytes)
            XMLText.append("' \(prefix):", to: &bytes)
        }
        XMLText.append(attribute.name, to: &bytes)
        XMLText.append("='", to: &bytes)
        XMLText.appendEscapedAttribute(attribute.value, to: &bytes)
        bytes.append(UInt8(ascii: "'"))
    }
}

extension Element: CustomStringConvertible {
    /// The element as a document of its own, for messages and tests.
    package var description: String {
        String(decoding: serialized(in: ""), as: UTF8.self)
    }
}
