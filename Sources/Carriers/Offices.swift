package import Storage
package import XMPP

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
    /// Subscriptions and errors: small, and taken also when the queue is full.
    case order
}

/// Why mail was given up.
package enum MailEnd: Sendable, Equatable {
    case expired
    /// By an administrator, for this reason.
    case dropped(String)
}

/// What became of mail that has arrived.
package enum MailArrival: Sendable, Equatable {
    /// Nobody has to read it: it has done what it was for.
    case settled
    /// It is in somebody's archive under this id until a client has it.
    case waits(entry: Int64)
    /// The addressee does not take it; the sender is told by mail.
    case unwanted
}

/// What the relay asks of the carriers.
package protocol Offices: AnyObject {
    /// All peers of the list, by name.
    var all: [Office] { get }
    /// The peer that speaks for a domain, or nil when no peer does.
    func office(for domain: String) -> Office?
    /// The lines to all of them, by name.
    var lines: [OfficeLine] { get }
    /// Since when no way to it is up, wall milliseconds; nil while one is.
    func darkSince(_ office: Office) -> UInt64?
    /// Names a parcel of mail, to be kept in the same transaction as its stanza.
    /// - Throws: a stanza error when the queue is full or the stanza too large.
    func parcel(
        to office: Office, sender: JID, recipient: JID, importance: MailImportance, size: Int, id: Int64,
        time: UInt64
    ) throws(StanzaError) -> KeptStanza.OutboxReference
    /// The parcel is on the disk.
    func committed(_ parcel: KeptStanza.OutboxReference)
    /// Sends what is never stored; false when the way is down.
    func live(_ stanza: Element, to office: Office) -> Bool
    /// Sets this box's register for the office; a newer value replaces an older one also while queued.
    func set(register key: String, value: [UInt8], for office: Office)
    /// This box's kept register for the office has changed: it travels as soon as a way is up, with what
    /// `Correspondent.keptValue` says then. Does nothing when the tag is the last one.
    func changed(kept key: String, tag: [UInt8], for office: Office)
    /// A kept register is no more, for all offices that it was told to.
    func withdraw(kept key: String)
    /// All nodes that the office should keep have been named once since the start (`changed(kept:…)`).
    func indexIsWhole(for office: Office)
    /// A client has acknowledged an archive entry, or read it from the archive.
    func delivered(entry: Int64)
    /// What the office last told in a kept register, also while its line is down; nil when it told nothing.
    func kept(_ key: String, of office: Office) throws(StorageError) -> [UInt8]?
    /// The keys of kept registers that the office has told and that begin like this, sorted.
    func keptKeys(_ prefix: String, of office: Office) -> [String]
    /// Whether the configuration gives the office replicas of everybody here, not only of its contacts.
    func takesAll(_ office: Office) -> Bool
}

/// What the carriers bring to the relay. Called on the event loop; what is kept in such a call is in
/// the same transaction as the note that the parcel has arrived.
package protocol Correspondent: AnyObject {
    /// Mail for somebody of this office. Its sender has been checked.
    /// - Returns: who has it now.
    func arrived(mail stanza: Element, from sender: JID, to recipient: JID, acceptedMs: UInt64) -> MailArrival
    /// Something that was never stored.
    func arrived(live stanza: Element, from sender: JID, to recipient: JID)
    /// An office has set one of its registers. Of a node, `Offices.kept` still gives the old value.
    func registerChanged(_ key: String, value: [UInt8], of office: Office)
    /// The present value of one of this office's kept registers for another; empty when there is none.
    func keptValue(_ key: String, for office: Office) -> [UInt8]
    /// The line to an office went down or came back.
    func officeChanged(_ office: Office)
    /// A way came up: what this office's people show of themselves has to be announced.
    func announceRegisters(to office: Office)
    /// The peer left the list, or begins anew: what it was told is not remembered any more.
    func officeForgotten(_ office: Office)
    /// Mail of somebody of this office will not come any more.
    /// - Parameter id: of its outbox row, which is its archive entry's too.
    func ended(mail stanza: [UInt8], id: Int64, to office: Office, because end: MailEnd)
    /// Whether anybody looks at `statesChanged` now.
    var watchesStates: Bool { get }
    /// States of messages with these ids changed; on the disk they are as they are now.
    func statesChanged(_ ids: [Int64])
    /// The other office says what became of a message that was believed lost, or that it does not take one.
    func corrected(_ row: MessageStateRow, to state: MessageState, by office: Office)
}
