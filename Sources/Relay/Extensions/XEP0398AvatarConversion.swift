internal import Crypto
internal import Storage
internal import XMPP

/// One avatar for both generations of clients (XEP-0398 1.0): what is published as XEP-0084 is the photo
/// of the contact card, the other way round too, and its hash is in every presence (XEP-0153).
final class AvatarConversion {
    private unowned let relay: Relay
    /// Hashes of the photos in cards, by bare JID; an empty one for none.
    private var hashes: [String: String] = [:]
    /// Who has had a photo since the start and has none now: others are told so.
    private var lost: Set<String> = []

    static let module = Extension(accountFeatures: ["urn:xmpp:pep-vcard-conversion:0"])

    init(relay: Relay) { self.relay = relay }

    // MARK: Presence

    /// The presence with the hash of the photo, unless its client says that it shows none (§6).
    func stamped(_ presence: Element, of person: Person) -> Element {
        if let photo = presence.child("x", NS.vcardUpdate)?.child("photo", NS.vcardUpdate), photo.text.isEmpty
        {
            return presence
        }
        let hash = hash(of: person)
        guard !hash.isEmpty || lost.contains(person.bare) || presence.hasChild("x", NS.vcardUpdate) else {
            return presence
        }
        var stamped = presence
        stamped.removeChildren { $0.matches("x", NS.vcardUpdate) }
        stamped.append(
            Element("x", NS.vcardUpdate, [:], [Element("photo", NS.vcardUpdate, text: hash)]))
        return stamped
    }

    private func hash(of person: Person) -> String {
        if let known = hashes[person.bare] { return known }
        let hash = VCard.card(of: person, relay: relay).flatMap(Photo.init)?.hash ?? ""
        hashes[person.bare] = hash
        return hash
    }

    /// The photo is another one: everybody who sees the person's presence sees it anew.
    private func changed(_ hash: String, of person: Person) {
        guard self.hash(of: person) != hash else { return }
        hashes[person.bare] = hash
        if hash.isEmpty { lost.insert(person.bare) } else { lost.remove(person.bare) }
        for session in person.available { relay.presence.showAnew(session) }
    }

    func forget(_ owner: JID) {
        hashes[owner.description] = nil
        lost.remove(owner.description)
    }

    // MARK: From the card to the nodes

    func cardChanged(_ card: Element, of person: Person) {
        guard let photo = Photo(card) else { return changed("", of: person) }
        changed(photo.hash, of: person)
        let book = relay.pubsub.book(of: person)
        if let metadata = book.nodes[NS.avatarMetadata]?.items.last, metadata.name == photo.hash { return }
        let data = Element("data", NS.avatarData, text: Base64.encode(photo.bytes))
        let info = Element(
            "info", NS.avatarMetadata,
            ["id": photo.hash, "bytes": String(photo.bytes.count), "type": photo.type])
        for (node, payload) in [
            (NS.avatarData, data), (NS.avatarMetadata, Element("metadata", NS.avatarMetadata, [:], [info])),
        ] {
            // A node of its owner's stays as it is configured; a card is everybody's to read.
            let options = book.nodes[node] == nil ? Self.open : nil
            _ = try? relay.pubsub.publish(
                payload, id: photo.hash, in: node, of: person, options: options, then: { _, _ in })
        }
    }

    private static let open = Element(
        "x", NS.dataForms, ["type": "submit"],
        [
            Element(
                "field", NS.dataForms, ["var": "pubsub#access_model"],
                [Element("value", NS.dataForms, text: "open")])
        ])

    // MARK: From the nodes to the card

    /// Metadata were published: the photo that they name is the card's, if everybody may see it (§8).
    func published(_ metadata: Element?, of person: Person) {
        let book = relay.pubsub.book(of: person)
        let infos = metadata?.children("info", NS.avatarMetadata) ?? []
        let id = infos.first { $0["url"] == nil }?["id"]
        let old = VCard.card(of: person, relay: relay)
        var photo: Photo?
        if let id, let node = book.nodes[NS.avatarData] {
            guard node.configuration.access == .open else { return }
            guard let data = node.item(id).flatMap({ book.payload($0) }) else { return }
            photo = Photo(type: infos.first { $0["id"] == id }?["type"] ?? "image/png", base64: data.text)
            guard photo?.hash == id else { return }
        } else if id != nil || old == nil {
            return
        }
        guard old.flatMap(Photo.init)?.hash != photo?.hash else { return }
        var card = old ?? Element("vCard", NS.vcard)
        card.removeChildren { $0.matches("PHOTO", NS.vcard) }
        var shown = photo
        if let photo { card.append(photo.element) }
        let done: (StorageError?) -> Void = { error in
            if error == nil { self.changed(shown?.hash ?? "", of: person) }
        }
        if VCard.store(card, of: person, then: done) { return }
        // Too large for a card: better none than one that is no more.
        shown = nil
        card.removeChildren { $0.matches("PHOTO", NS.vcard) }
        _ = VCard.store(card, of: person, then: done)
    }
}

/// A picture in a contact card (XEP-0153).
private struct Photo {
    let type: String
    let bytes: [UInt8]

    init?(_ card: Element) {
        guard let photo = card.child("PHOTO", NS.vcard), let value = photo.child("BINVAL", NS.vcard) else {
            return nil
        }
        self.init(type: photo.child("TYPE", NS.vcard)?.text ?? "image/png", base64: value.text)
    }

    /// - Parameter base64: may be broken into lines.
    init?(type: String, base64: String) {
        let text = base64.utf8.filter { $0 > 0x20 }
        guard !text.isEmpty, let bytes = try? Base64.decode(bytes: text) else { return nil }
        self.type = type
        self.bytes = bytes
    }

    var hash: String {
        Insecure.SHA1.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    var element: Element {
        Element(
            "PHOTO", NS.vcard, [:],
            [
                Element("TYPE", NS.vcard, text: type),
                Element("BINVAL", NS.vcard, text: Base64.encode(bytes)),
            ])
    }
}
