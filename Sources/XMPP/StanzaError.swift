/// An error about one stanza (RFC 6120 §8.3).
package struct StanzaError: Error, Sendable, Equatable {
    /// What the sender can do about it (RFC 6120 §8.3.2).
    package enum Kind: String, Sendable, CaseIterable {
        case auth, cancel, `continue`, modify, wait
    }

    /// The conditions of RFC 6120 §8.3.3.
    package enum Condition: String, Sendable, CaseIterable {
        case badRequest = "bad-request"
        case conflict
        case featureNotImplemented = "feature-not-implemented"
        case forbidden
        case gone
        case internalServerError = "internal-server-error"
        case itemNotFound = "item-not-found"
        case jidMalformed = "jid-malformed"
        case notAcceptable = "not-acceptable"
        case notAllowed = "not-allowed"
        case notAuthorized = "not-authorized"
        case policyViolation = "policy-violation"
        case recipientUnavailable = "recipient-unavailable"
        case redirect
        case registrationRequired = "registration-required"
        case remoteServerNotFound = "remote-server-not-found"
        case remoteServerTimeout = "remote-server-timeout"
        case resourceConstraint = "resource-constraint"
        case serviceUnavailable = "service-unavailable"
        case subscriptionRequired = "subscription-required"
        case undefinedCondition = "undefined-condition"
        case unexpectedRequest = "unexpected-request"

        /// The error type that RFC 6120 §8.3.3 recommends.
        package var usualType: Kind {
            switch self {
            case .forbidden, .notAuthorized, .registrationRequired, .subscriptionRequired: return .auth
            case .badRequest, .jidMalformed, .notAcceptable, .policyViolation, .redirect: return .modify
            case .recipientUnavailable, .remoteServerTimeout, .resourceConstraint, .unexpectedRequest:
                return .wait
            case .conflict, .featureNotImplemented, .gone, .internalServerError, .itemNotFound, .notAllowed,
                .remoteServerNotFound, .serviceUnavailable, .undefinedCondition:
                return .cancel
            }
        }
    }

    package var condition: Condition
    package var type: Kind
    /// A sentence for the human who sent the stanza.
    package var text: String?
    /// What an extension adds to the condition (RFC 6120 §8.3.4).
    package var application: Element?

    /// - Parameter type: nil takes the condition's usual type.
    package init(_ condition: Condition, type: Kind? = nil, text: String? = nil, application: Element? = nil)
    {
        self.condition = condition
        self.type = type ?? condition.usualType
        self.text = text
        self.application = application
    }

    /// The `<error/>` element of a stanza.
    package func element() -> Element {
        var error = Element(
            "error", NS.client, ["type": type.rawValue], [Element(condition.rawValue, NS.stanzas)])
        if let text { error.append(Element("text", NS.stanzas, ["xml:lang": "en"], text: text)) }
        if let application { error.append(application) }
        return error
    }

    /// The error stanza that answers `stanza`, with the addresses swapped and the id kept; nil when it
    /// must not be answered: an error never is (RFC 6120 §8.3.1), nor the result of an iq.
    package static func reply(to stanza: Element, error: StanzaError) -> Element? {
        let type = stanza["type"]
        if type == "error" || (stanza.name == "iq" && type == "result") { return nil }
        return Element(
            stanza.name, stanza.namespace,
            ["type": "error", "id": stanza["id"], "to": stanza["from"], "from": stanza["to"]],
            [error.element()])
    }

    /// Reads the error out of an error stanza; nil when there is none.
    package init?(in stanza: Element) {
        guard let error = stanza.child("error", stanza.namespace) else { return nil }
        let known = error.children.lazy.filter { $0.namespace == NS.stanzas && $0.name != "text" }
        let condition = known.compactMap { Condition(rawValue: $0.name) }.first ?? .undefinedCondition
        self.init(
            condition, type: error["type"].flatMap(Kind.init(rawValue:)),
            text: error.child("text", NS.stanzas)?.text)
    }
}
