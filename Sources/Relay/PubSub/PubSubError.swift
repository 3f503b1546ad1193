internal import XMPP

/// Errors of XEP-0060 with their own conditions.
enum PubSubError {
    private static func make(_ condition: StanzaError.Condition, _ own: String, _ text: String) -> StanzaError
    {
        StanzaError(condition, text: text, application: Element(own, NS.pubsubErrors))
    }

    static var nodeRequired: StanzaError { make(.badRequest, "nodeid-required", "Name a node.") }
    static var nodeNotFound: StanzaError { StanzaError(.itemNotFound, text: "There is no such node.") }
    static var itemNotFound: StanzaError { StanzaError(.itemNotFound, text: "There is no such item.") }
    static var itemRequired: StanzaError { make(.badRequest, "item-required", "One item at a time.") }
    static var payloadInvalid: StanzaError {
        make(.badRequest, "invalid-payload", "An item holds one element.")
    }
    static var payloadTooBig: StanzaError {
        make(.notAcceptable, "payload-too-big", "An item has at most \(PubSubLimits.itemBytes) bytes.")
    }
    static var preconditionNotMet: StanzaError {
        make(
            .conflict, "precondition-not-met",
            "The node is configured otherwise than the publish-options ask.")
    }
    static var notTheOwner: StanzaError { StanzaError(.forbidden, text: "Only its owner may do this.") }
    static var presenceRequired: StanzaError {
        make(
            .notAuthorized, "presence-subscription-required",
            "Only who is subscribed to the owner's presence may read this.")
    }
    static var closed: StanzaError {
        make(.notAllowed, "closed-node", "Only who is on its list may read this node.")
    }
    static var nameTooLong: StanzaError {
        StanzaError(.notAcceptable, text: "A name has at most \(PubSubLimits.nameBytes) bytes.")
    }
    static var tooManyNodes: StanzaError {
        make(.resourceConstraint, "max-nodes-exceeded", "An account has at most \(PubSubLimits.nodes) nodes.")
    }
    static var tooManyMembers: StanzaError {
        StanzaError(.resourceConstraint, text: "A node's list has at most \(PubSubLimits.members) people.")
    }
    static var tooManyBytes: StanzaError {
        StanzaError(
            .resourceConstraint, text: "An account keeps at most \(PubSubLimits.accountBytes) bytes of items."
        )
    }

    static func unsupported(_ feature: String) -> StanzaError {
        StanzaError(
            .featureNotImplemented, text: "This is not offered here.",
            application: Element("unsupported", NS.pubsubErrors, ["feature": feature]))
    }
}
