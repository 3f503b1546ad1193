package import XMPP

/// Why an authentication failed: the conditions of RFC 6120 §6.5.
package enum SASLFailure: String, Error, Sendable, CaseIterable {
    case aborted
    case accountDisabled = "account-disabled"
    case credentialsExpired = "credentials-expired"
    case encryptionRequired = "encryption-required"
    case incorrectEncoding = "incorrect-encoding"
    case invalidAuthzid = "invalid-authzid"
    case invalidMechanism = "invalid-mechanism"
    case malformedRequest = "malformed-request"
    case mechanismTooWeak = "mechanism-too-weak"
    case notAuthorized = "not-authorized"
    case temporaryAuthFailure = "temporary-auth-failure"

    /// The `<failure/>` to send.
    /// - Parameter text: a sentence for the human at the other end.
    package func element(text: String? = nil) -> Element {
        var failure = Element("failure", NS.sasl, [:], [Element(rawValue, NS.sasl)])
        if let text { failure.append(Element("text", NS.sasl, ["xml:lang": "en"], text: text)) }
        return failure
    }
}
