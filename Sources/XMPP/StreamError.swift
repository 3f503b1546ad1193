/// An error that ends a stream (RFC 6120 §4.9).
package struct StreamError: Error, Sendable, Equatable {
    /// The conditions of RFC 6120 §4.9.3.
    package enum Condition: String, Sendable, CaseIterable {
        case badFormat = "bad-format"
        case badNamespacePrefix = "bad-namespace-prefix"
        case conflict
        case connectionTimeout = "connection-timeout"
        case hostGone = "host-gone"
        case hostUnknown = "host-unknown"
        case improperAddressing = "improper-addressing"
        case internalServerError = "internal-server-error"
        case invalidFrom = "invalid-from"
        case invalidNamespace = "invalid-namespace"
        case invalidXML = "invalid-xml"
        case notAuthorized = "not-authorized"
        case notWellFormed = "not-well-formed"
        case policyViolation = "policy-violation"
        case remoteConnectionFailed = "remote-connection-failed"
        case reset
        case resourceConstraint = "resource-constraint"
        case restrictedXML = "restricted-xml"
        case seeOtherHost = "see-other-host"
        case systemShutdown = "system-shutdown"
        case undefinedCondition = "undefined-condition"
        case unsupportedEncoding = "unsupported-encoding"
        case unsupportedFeature = "unsupported-feature"
        case unsupportedStanzaType = "unsupported-stanza-type"
        case unsupportedVersion = "unsupported-version"
    }

    package var condition: Condition
    /// A sentence for the human at the other end.
    package var text: String?
    /// An application's own condition, such as the handled-count-too-high of XEP-0198.
    package var detail: Element?

    package init(_ condition: Condition, text: String? = nil, detail: Element? = nil) {
        self.condition = condition
        self.text = text
        self.detail = detail
    }

    /// The `<stream:error/>` to send before the stream is closed.
    package func element() -> Element {
        var error = Element("error", NS.streams, [:], [Element(condition.rawValue, NS.streamErrors)])
        if let text { error.append(Element("text", NS.streamErrors, ["xml:lang": "en"], text: text)) }
        if let detail { error.append(detail) }
        return error
    }
}
