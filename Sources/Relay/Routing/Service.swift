internal import Carriers
internal import XMPP

/// Something under this box's domain that has addresses of its own, such as the rooms.
protocol Service: AnyObject {
    /// Its domain, such as `rooms.finance.gov.test`.
    var domain: String { get }
    /// For people, in service discovery.
    var name: String { get }
    /// A stanza for the service or an address of it: requests and the answers to its own, too.
    func receive(_ stanza: Element, from: JID, to: JID, by arrival: Arrival)
}

/// How a stanza came to a service.
enum Arrival {
    /// From a session of this office; with the digest by which a repeated message is known.
    case session(ClientSession, digest: [UInt8]?)
    /// From another office or another part of this box, never stored.
    case live
    /// As mail of another office: what is written because of it in this turn is in the transaction that
    /// notes its arrival.
    case mail(acceptedMs: UInt64)
}

extension Router {
    /// Brings a stanza of a service to a session or another service here, or to another office while its
    /// line is up.
    /// - Returns: false when it went nowhere.
    @discardableResult
    func sendLive(_ stanza: Element, to: JID, important: Bool = true) -> Bool {
        if let person = relay.localPerson(to) {
            guard let resource = to.resource, let session = person.session(resource) else { return false }
            session.deliver(stanza.serialized(), important: important)
            return true
        }
        if let service = service(for: to.domain) {
            guard let from = stanza["from"].flatMap({ try? JID($0) }) else { return false }
            service.receive(stanza, from: from, to: to, by: .live)
            return true
        }
        guard let office = relay.office(for: to.domain) else { return false }
        return relay.offices?.live(stanza, to: office) ?? false
    }

    /// Answers a stanza that came to a service; by mail what came by mail.
    func refuse(_ stanza: Element, _ error: StanzaError, from: JID, to: JID, by arrival: Arrival) {
        guard let reply = StanzaError.reply(to: stanza, error: error) else { return }
        if case .mail = arrival, let office = relay.office(for: from.domain) {
            return relay.mail(reply, to: office, sender: to.bare, recipient: from)
        }
        sendLive(reply, to: from)
    }
}
