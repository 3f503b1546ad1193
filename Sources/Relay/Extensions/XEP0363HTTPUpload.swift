internal import Carriers
internal import Storage
internal import XMPP

/// Upload slots (XEP-0363 1.2.0), from the service `files.DOMAIN`.
final class HTTPUpload: Service {
    private unowned let relay: Relay
    private let book: UploadBook
    let domain: String
    let name = "Files"

    init(relay: Relay, book: UploadBook) {
        self.relay = relay
        self.book = book
        domain = "files." + relay.domain
    }

    func receive(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        let isRequest = stanza.name == "iq" && (stanza["type"] == "get" || stanza["type"] == "set")
        guard isRequest, let payload = stanza.firstChild else {
            if stanza.name != "presence" {
                refuse(stanza, StanzaError(.serviceUnavailable), from, to, arrival)
            }
            return
        }
        switch (payload.namespace, payload.name, stanza["type"]) {
        case (NS.discoInfo, "query", "get"): answer(stanza, information, from)
        case (NS.discoItems, "query", "get"): answer(stanza, Element("query", NS.discoItems), from)
        case (NS.ping, "ping", "get"): answer(stanza, nil, from)
        case (NS.upload, "request", "get"): request(payload, stanza, from: from, to: to, by: arrival)
        default: refuse(stanza, StanzaError(.serviceUnavailable), from, to, arrival)
        }
    }

    private var information: Element {
        let field = { (name: String, type: String?, value: String) in
            Element(
                "field", NS.dataForms, ["var": name, "type": type],
                [Element("value", NS.dataForms, text: value)])
        }
        return Element(
            "query", NS.discoInfo, [:],
            [
                Element("identity", NS.discoInfo, ["category": "store", "type": "file", "name": name]),
                Element("feature", NS.discoInfo, ["var": NS.discoInfo]),
                Element("feature", NS.discoInfo, ["var": NS.ping]),
                Element("feature", NS.discoInfo, ["var": NS.upload]),
                Element(
                    "x", NS.dataForms, ["type": "result"],
                    [
                        field("FORM_TYPE", "hidden", NS.upload),
                        field("max-file-size", nil, String(book.settings.fileBytes)),
                    ]),
            ])
    }

    // MARK: Slots

    private func request(_ payload: Element, _ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        guard case .session(let session, _) = arrival else {
            let text = "Files are kept by the box of one's own office."
            return refuse(stanza, StanzaError(.forbidden, text: text), from, to, arrival)
        }
        guard let size = payload["size"].flatMap({ Int($0) }), size > 0,
            let name = Self.name(payload["filename"])
        else {
            let text = "A request has a filename and a size in bytes."
            return refuse(stanza, StanzaError(.badRequest, text: text), from, to, arrival)
        }
        let type = Self.type(payload["content-type"])
        book.reserve(account: session.person.account.id, name: name, type: type, size: size) { result in
            switch result {
            case .success(let address):
                let slot = Element(
                    "slot", NS.upload, [:],
                    [
                        Element("put", NS.upload, ["url": address]),
                        Element("get", NS.upload, ["url": address]),
                    ])
                self.answer(stanza, slot, from)
            case .failure(let refusal): self.refuse(stanza, refusal, to: from)
            }
        }
    }

    /// A name without a path, of a sensible length.
    private static func name(_ given: String?) -> String? {
        guard let given, let last = given.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last,
            last != ".", last != "..", last.utf8.count <= UploadSettings.nameBytes,
            !last.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { return nil }
        return String(last)
    }

    private static func type(_ given: String?) -> String {
        guard let given, given.utf8.count <= UploadSettings.typeBytes,
            given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return "application/octet-stream" }
        return given.lowercased()
    }

    // MARK: Answers

    private func answer(_ stanza: Element, _ payload: Element?, _ from: JID) {
        relay.router.sendLive(
            Element(
                "iq", NS.client,
                ["type": "result", "id": stanza["id"], "from": stanza["to"], "to": from.description],
                payload.map { [$0] } ?? []), to: from)
    }

    private func refuse(_ stanza: Element, _ error: StanzaError, _ from: JID, _ to: JID, _ arrival: Arrival) {
        relay.router.refuse(stanza, error, from: from, to: to, by: arrival)
    }

    private func refuse(_ stanza: Element, _ refusal: UploadBook.Refusal, to from: JID) {
        var error: Element
        switch refusal {
        case .tooLarge:
            let limit = book.settings.fileBytes
            error = StanzaError(.notAcceptable, text: "A file may have \(limit) bytes.").element()
            error.append(
                Element(
                    "file-too-large", NS.upload, [:],
                    [Element("max-file-size", NS.upload, text: String(limit))]))
        case .personFull:
            let text = "Your share of the box's disk is used up; old files go by themselves."
            error = StanzaError(.resourceConstraint, text: text).element()
        case .boxFull:
            error = StanzaError(.resourceConstraint, text: "The box has no room for files now.").element()
        }
        relay.router.sendLive(
            Element(
                "iq", NS.client,
                ["type": "error", "id": stanza["id"], "from": stanza["to"], "to": from.description], [error]),
            to: from)
    }
}
