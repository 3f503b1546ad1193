internal import XMPP

/// Message carbons (XEP-0280 1.0).
enum Carbons {
    static let module = Extension(
        features: [NS.carbons], queries: [NS.carbons: handle])

    @Sendable private static func handle(_ request: IQRequest) -> IQAnswer {
        guard let session = request.session, request.isForSender || request.account == nil, request.isSet
        else {
            return .error(StanzaError(.forbidden))
        }
        switch request.payload.name {
        case "enable": session.wantsCarbons = true
        case "disable": session.wantsCarbons = false
        default: return .error(StanzaError(.badRequest))
        }
        return .result([])
    }

    /// Which messages are copied (§6.1).
    static func applies(to message: Element) -> Bool {
        guard !message.hasChild("private", NS.carbons), !message.hasChild("no-copy", NS.hints) else {
            return false
        }
        // A room sends a private message to each joined client itself; an invitation is for all of them.
        if let room = message.child("x", NS.mucUser) { return room.hasChild("invite", NS.mucUser) }
        switch message["type"] ?? "normal" {
        case "chat": return true
        case "normal":
            return message.hasChild("body", NS.client) || message.firstChild(in: NS.receipts) != nil
                || message.firstChild(in: NS.directInvitation) != nil
        default: return false
        }
    }

    static func received(_ message: Element, for session: ClientSession) -> Element {
        wrap("received", message, session)
    }

    static func sent(_ message: Element, for session: ClientSession) -> Element {
        wrap("sent", message, session)
    }

    private static func wrap(_ name: String, _ message: Element, _ session: ClientSession) -> Element {
        Element(
            "message", NS.client,
            ["from": session.person.bare, "to": session.fullText, "type": message["type"]],
            [Element(name, NS.carbons, [:], [Element("forwarded", NS.forward, [:], [message])])])
    }
}
