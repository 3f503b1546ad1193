/// Why a stream can be read no further.
package enum StreamParserError: Error, Sendable, Equatable {
    /// Not XML, or not the UTF-8 that it says it is.
    case notWellFormed
    /// A comment, processing instruction, DOCTYPE or entity that is not predefined (RFC 6120 §11.1).
    case restrictedXML
    /// A stanza, a tag or a name over its limit.
    case tooLarge
    /// Elements nested beyond the limit.
    case tooDeep
    /// XML that is no stream: text between stanzas, or too many attributes.
    case invalidXML
    /// A prefix that nothing declares.
    case badNamespacePrefix
    /// The XML declaration names another encoding than UTF-8.
    case unsupportedEncoding
    /// There is no memory for a parser.
    case outOfMemory

    /// The condition to close the stream with (RFC 6120 §4.9.3).
    package var condition: StreamError.Condition {
        switch self {
        case .notWellFormed: return .notWellFormed
        case .restrictedXML: return .restrictedXML
        case .tooLarge, .tooDeep: return .policyViolation
        case .invalidXML: return .invalidXML
        case .badNamespacePrefix: return .badNamespacePrefix
        case .unsupportedEncoding: return .unsupportedEncoding
        case .outOfMemory: return .resourceConstraint
        }
    }
}
