internal import Storage
internal import XMPP

/// Calls before there is a session (XEP-0353 0.7): brought to the clients that are there, at once or never.
/// What a client wants stored is in the archive, where calls that were missed are found; it waits in no
/// mailbox.
extension MessageRouter {
    /// Milliseconds after which nobody rings any more.
    static let ringingMs: Int64 = 60_000

    /// A message that sets up a call is on the disk.
    func deliverCall(
        _ message: Element, _ entry: Int64, to person: Person, resource: String?, sender: ClientSession?
    ) {
        _ = person.arrived(entry)
        let isLate = hasStoppedRinging(message)
        if !isLate { relay.push.arrived(message, for: person) }
        person.acknowledge(entry)
        guard !isLate else { return }
        deliverLive(
            message.adding(stanzaID(entry, of: person)), to: person, resource: resource, sender: sender)
    }

    private func hasStoppedRinging(_ message: Element) -> Bool {
        guard let stamp = message.child("delay", NS.delay)?["stamp"], let sent = try? DateTime(stamp) else {
            return false
        }
        return Int64(relay.store.wallNow()) - sent.milliseconds > Self.ringingMs
    }
}
