internal import Carriers
internal import XMPP

/// What becomes of a message beyond its live delivery (XEP-0313 §5, XEP-0334). Kept are also receipts
/// (XEP-0184), markers (XEP-0333) and invitations to rooms (XEP-0249).
enum Keeping: Equatable {
    /// Archived and queued.
    case mail(MailImportance)
    /// Delivered to whoever is there, never on disk.
    case live

    init(_ message: Element) {
        let type = message["type"] ?? "normal"
        if type == "groupchat", message.hasChild("subject", NS.client),
            !message.hasChild("no-store", NS.hints)
        {
            self = .mail(.chat)
        } else if type == "headline" || message.hasChild("no-store", NS.hints) {
            self = .live
        } else if type == "error" {
            self = .live
        } else if message.hasChild("body", NS.client) || message.hasChild("store", NS.hints)
            || Self.encrypted.contains(where: { message.hasChild($0.0, $0.1) })
        {
            self = .mail(.chat)
        } else if message.firstChild(in: NS.receipts) != nil || message.firstChild(in: NS.chatMarkers) != nil
        {
            self = .mail(.receipt)
        } else if Self.kept.contains(where: { message.firstChild(in: $0) != nil })
            || message.child("x", NS.mucUser)?.hasChild("invite", NS.mucUser) == true
        {
            self = .mail(.chat)
        } else {
            self = .live
        }
    }

    /// Whether it sets a call up (XEP-0353): worth an entry in the archive when its sender says so, and
    /// nothing to be brought after the phone has stopped ringing.
    static func isCall(_ message: Element) -> Bool {
        message.firstChild(in: NS.jingleMessage) != nil && !message.hasChild("body", NS.client)
    }

    private static let encrypted = [
        ("encrypted", "eu.siacs.conversations.axolotl"), ("encrypted", "urn:xmpp:omemo:2"),
        ("encrypted", "urn:xmpp:omemo:1"),
    ]
    private static let kept = [NS.reactions, NS.retraction, NS.correction, NS.directInvitation]
}
