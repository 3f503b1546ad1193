internal import NIOHTTP1
internal import XMPP

/// The `<body/>` that wraps everything of BOSH (XEP-0124 §4).
struct BOSHBody {
    static let namespace = "http://jabber.org/protocol/httpbind"
    private static let xmpp = "urn:xmpp:xbosh"
    /// What the wrapper may take besides the stanzas in it, bytes.
    static let wrapperBytes = 8_192

    let element: Element
    let rid: Int64
    /// Bytes of the whole.
    let size: Int

    /// Nil for what is no body, or has no request id that JavaScript could count.
    init?(_ bytes: [UInt8], limit: Int) {
        var limits = StreamParser.Limits(stanzaBytes: limit)
        limits.depth += 1
        guard let element = try? StreamParser.parse(bytes, defaultNamespace: "", limits: limits),
            element.matches("body", Self.namespace), let rid = element["rid"].flatMap({ Int64($0) }),
            (0..<1 << 53).contains(rid)
        else { return nil }
        self.element = element
        self.rid = rid
        size = bytes.count
    }

    var sid: String? { element["sid"] }
    var isRestart: Bool { flag("restart") }
    var isEnd: Bool { element["type"] == "terminate" }

    func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
        let given = element[name].flatMap { Int($0) } ?? fallback
        return min(max(given, range.lowerBound), range.upperBound)
    }

    /// XEP-0206 §5: an attribute of the XMPP binding.
    private func flag(_ name: String) -> Bool {
        element.attributes.contains {
            $0.name == name && $0.namespace == Self.xmpp && ($0.value == "true" || $0.value == "1")
        }
    }

    // MARK: Answers

    static func answer(_ attributes: [(String, String)] = [], content: [UInt8] = []) -> WebResponse {
        var text = "<body xmlns='\(namespace)'"
        for (name, value) in attributes { text += " \(name)='\(value)'" }
        let bytes = Array(text.utf8) + Array(">".utf8) + content + Array("</body>".utf8)
        return WebResponse(type: "text/xml; charset=utf-8", [("cache-control", "no-store")], body: bytes)
            .readableByAll()
    }

    /// The end of a session, or of the attempt to begin one (XEP-0124 §17).
    static func end(_ condition: String? = nil, content: [UInt8] = []) -> WebResponse {
        answer([("type", "terminate")] + (condition.map { [("condition", $0)] } ?? []), content: content)
    }
}
