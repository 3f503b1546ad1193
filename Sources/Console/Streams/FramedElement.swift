internal import XMPP

/// Elements without a stream around them (RFC 7395 §3.3): each declares the namespaces that the
/// stream's root would have declared.
enum FramedElement {
    /// `element` as a document of its own.
    /// - Parameter element: as a stream carries it: its default namespace is `jabber:client`.
    static func standalone(_ element: [UInt8]) -> [UInt8] {
        guard let end = element.firstIndex(where: { $0 == 0x20 || $0 == 0x2F || $0 == 0x3E }),
            element.first == 0x3C
        else { return element }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(element.count + 96)
        bytes += element[..<end]
        if !element[end...].starts(with: " xmlns='".utf8) { bytes += " xmlns='jabber:client'".utf8 }
        // In text a "<" is escaped: this is always a name.
        if contains(element, "<stream:") { bytes += " xmlns:stream='http://etherx.jabber.org/streams'".utf8 }
        bytes += element[end...]
        return bytes
    }

    static func opening(from domain: String, id: String) -> [UInt8] {
        Element("open", NS.framing, ["from": domain, "id": id, "version": "1.0", "xml:lang": "en"])
            .serialized()
    }

    static let closing = Element("close", NS.framing).serialized()

    private static func contains(_ bytes: [UInt8], _ text: StaticString) -> Bool {
        text.withUTF8Buffer { wanted in
            var start = bytes.startIndex
            while let found = bytes[start...].firstIndex(of: wanted[0]) {
                if bytes[found...].starts(with: wanted) { return true }
                start = found + 1
            }
            return false
        }
    }
}
