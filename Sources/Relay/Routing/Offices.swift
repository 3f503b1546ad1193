package import Storage
package import XMPP

/// What the relay asks of the carriers.
package protocol Offices: AnyObject {
    /// The peer that speaks for a domain, or nil when no peer does.
    func office(for domain: String) -> Office?
    /// Whether some way to it is up.
    func isReachable(_ office: Office) -> Bool
    /// Since when no way is up, wall milliseconds.
    func darkSince(_ office: Office) -> UInt64?
    /// Names a parcel of mail, to be kept in the same transaction as its stanza.
    /// - Throws: a stanza error when the queue is full or the stanza too large.
    func parcel(
        to office: Office, sender: JID, recipient: JID, importance: MailImportance, size: Int, id: Int64, time: UInt64
    ) throws(StanzaError) -> KeptStanza.OutboxReference
    /// The parcel is on the disk.
    func committed(_ parcel: KeptStanza.OutboxReference)
    /// Sends what is never stored; false when the way is down.
    func live(_ stanza: Element, to office: Office) -> Bool
    /// Sets this box's register for the office; a newer value replaces an older one also while queued.
    func set(register key: String, value: [UInt8], for office: Office)
    /// Everybody that `office(for:)` can name.
    var offices: [Office] { get }
}

/// Another office, as the relay knows it.
package struct Office: Sendable, Hashable {
    package let name: String
    package let domain: String
    /// Its number in this box's database.
    package let number: Int64

    package init(name: String, domain: String, number: Int64) {
        self.name = name
        self.domain = domain
        self.number = number
    }

    /// Whether the domain is the office's or under it.
    package func speaks(for domain: String) -> Bool {
        domain == self.domain || domain.hasSuffix("." + self.domain)
    }
}

/// How soon mail should travel.
package enum MailImportance: Sendable {
    case urgent
    case chat
    case receipt
}
