/// The opening and closing tag of a stream (RFC 6120 §4.7), which are no elements of their own.
package enum StreamTag {
    /// The opening tag of a client stream, with the XML declaration before it.
    package static func open(
        from: String?, id: String?, to: String? = nil, language: String? = "en"
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        XMLText.append("<?xml version='1.0'?><stream:stream xmlns='jabber:client'", to: &bytes)
        XMLText.append(" xmlns:stream='http://etherx.jabber.org/streams'", to: &bytes)
        let optional = [("from", from), ("to", to), ("id", id), ("xml:lang", language), ("version", "1.0")]
        for (name, value) in optional {
            guard let value else { continue }
            XMLText.append(" \(name)='", to: &bytes)
            XMLText.appendEscapedAttribute(value, to: &bytes)
            XMLText.append("'", to: &bytes)
        }
        XMLText.append(">", to: &bytes)
        return bytes
    }

    /// The opening tag of a component's stream (XEP-0114 §3), which has no version.
    package static func openComponent(from: String, id: String) -> [UInt8] {
        var bytes: [UInt8] = []
        XMLText.append("<?xml version='1.0'?><stream:stream xmlns='\(NS.component)'", to: &bytes)
        XMLText.append(" xmlns:stream='\(NS.streams)' from='", to: &bytes)
        XMLText.appendEscapedAttribute(from, to: &bytes)
        XMLText.append("' id='", to: &bytes)
        XMLText.appendEscapedAttribute(id, to: &bytes)
        XMLText.append("'>", to: &bytes)
        return bytes
    }

    /// The closing tag of a stream.
    package static let close: [UInt8] = Array("</stream:stream>".utf8)
}
