internal import Bundles
internal import Engine
internal import NIOCore
package import Storage
package import XMPP

extension PostOffice: Offices {
    package var all: [Office] { peers.values.map(\.office).sorted { $0.name < $1.name } }

    package func office(for domain: String) -> Office? {
        // Of two domains, one under the other, the longer one answers; so does this box for its own.
        var best: Office?
        var longest =
            domain == self.domain || domain.hasSuffix("." + self.domain) ? self.domain.utf8.count : 0
        for peer in peers.values
        where peer.office.domain.utf8.count > longest && peer.office.speaks(for: domain) {
            best = peer.office
            longest = peer.office.domain.utf8.count
        }
        return best
    }

    package func darkSince(_ office: Office) -> UInt64? {
        guard let peer = peer(of: office) else { return nil }
        return way(to: peer) == nil ? peer.since : nil
    }

    package func parcel(
        to office: Office, sender: JID, recipient: JID, importance: MailImportance, size: Int, id: Int64,
        time: UInt64
    ) throws(StanzaError) -> KeptStanza.OutboxReference {
        guard let peer = peer(of: office) else {
            throw StanzaError(.remoteServerNotFound, text: "No peer speaks for \(office.domain) any more.")
        }
        guard Bundle.contentSize(parcelBytes: size + 64) <= Bundle.contentCapacity else {
            throw StanzaError(
                .policyViolation,
                text:
                    "A message to another office has at most \(Bundle.contentCapacity - 128) bytes; send it as a file."
            )
        }
        if let excess = excess(size, importance, peer) { throw Self.refusal(excess, office) }
        do {
            let conversation = Peer.Conversation(
                sender: try store.number(of: sender.bare.description),
                recipient: try store.number(of: recipient.bare.description))
            return reference(peer, conversation, importance, size, id, time, kind: .mail)
        } catch {
            broken(error.description)
            throw StanzaError(.internalServerError)
        }
    }

    func reference(
        _ peer: Peer, _ conversation: Peer.Conversation, _ importance: MailImportance, _ size: Int,
        _ id: Int64,
        _ time: UInt64, kind: OutboxRow.Kind
    ) -> KeptStanza.OutboxReference {
        let name = peer.names.next(in: store.epoch)
        let previous = kind == .mail ? peer.lastOfConversation.updateValue(name, forKey: conversation) : nil
        var row = OutboxRow(
            id: id, name: name, kind: kind, parcelClass: ParcelClass(importance), size: size,
            sender: conversation.sender, recipient: conversation.recipient, previous: previous,
            accepted: time,
            entered: store.serviceClock.now(), lifetime: settings.lifetime(ParcelClass(importance)))
        row.isHeldBack = kind == .mail && isHeldBack(peer.office.number, row.parcelClass)
        return .init(peer: peer.office.number, row: row)
    }

    package func committed(_ parcel: KeptStanza.OutboxReference) {
        queuedBytes += parcel.row.size
        queuedBytesByPeer[parcel.peer, default: 0] += parcel.row.size
        queuedParcels += 1
        guard !parcel.row.isHeldBack, let peer = peer(number: parcel.peer) else { return }
        let row = parcel.row
        peer.outbox.accepted(
            ParcelHead(
                name: row.name, parcelClass: row.parcelClass, sender: row.sender, bytes: row.size,
                rowID: row.id,
                expiresAtMs: Clocks.monotonic() + row.lifetime))
        scheduleDrain(peer)
    }

    /// After everything else of this turn: what one batch accepted leaves in one bundle.
    private func scheduleDrain(_ peer: Peer) {
        guard !peer.isDrainScheduled else { return }
        peer.isDrainScheduled = true
        eventLoop.assumeIsolated().execute {
            peer.isDrainScheduled = false
            self.drain(peer)
        }
    }

    package func live(_ stanza: Element, to office: Office) -> Bool {
        guard let peer = peer(of: office) else { return false }
        let bytes = stanza.serialized()
        guard Bundle.contentSize(parcelBytes: bytes.count + 16) <= Bundle.contentCapacity else {
            return false
        }
        // A room's presences, history and messages keep their order: one class for all of them.
        let isBackground =
            stanza.name == "presence" && stanza.firstChild(in: NS.mucUser) == nil
            && stanza.firstChild(in: NS.muc) == nil
        let parcelClass: ParcelClass = isBackground ? .background : .chat
        if let topic = Self.passing(stanza) {
            return sendUnstored(
                .live(bytes), class: parcelClass, to: peer, topic: topic, forSeconds: Self.passingSeconds)
        }
        return sendUnstored(
            .live(bytes), class: parcelClass, to: peer,
            forSeconds: stanza.name == "iq" ? Self.answerSeconds : nil)
    }

    /// Who types is no news after so long.
    private static let passingSeconds: UInt64 = 20
    /// An IQ that is not answered within this has been given up.
    private static let answerSeconds: UInt64 = 30

    /// What a stanza is the newest word on, if it is one that replaces its older selves: who types to whom, with a
    /// thread and hints (XEP-0334) at most.
    private static func passing(_ stanza: Element) -> String? {
        guard stanza.name == "message", stanza["type"] != "groupchat",
            stanza.firstChild(in: NS.chatStates) != nil,
            stanza.children.allSatisfy({ child in
                child.namespace == NS.chatStates || child.namespace == NS.hints
                    || child.name == "thread" && child.namespace == NS.client
            })
        else { return nil }
        return "typing/\(stanza["from"] ?? "")/\(stanza["to"] ?? "")"
    }

    package func set(register key: String, value: [UInt8], for office: Office) {
        guard let peer = peer(of: office) else { return }
        setRegister(key, value, of: peer)
    }
}

extension ParcelClass {
    init(_ importance: MailImportance) {
        switch importance {
        case .urgent: self = .urgent
        case .chat, .order: self = .chat
        case .receipt: self = .receipts
        }
    }
}

/// The body of a *skipped* parcel as the outbox keeps it: names of parcels that will never come.
enum SkippedNotice {
    static func encode(_ names: [ParcelName]) -> [UInt8] {
        var writer = ByteWriter()
        for name in names {
            writer.epoch(name.epoch)
            writer.varint(name.number)
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) -> [ParcelName] {
        var reader = ByteReader(bytes)
        var names: [ParcelName] = []
        while !reader.isAtEnd, let epoch = try? reader.epoch(), let number = try? reader.varint() {
            names.append(ParcelName(epoch: epoch, number: number))
        }
        return names
    }
}
