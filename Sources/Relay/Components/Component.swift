internal import XMPP

/// A program beside the box that has a domain under the box's own (XEP-0114). What it is sent is not
/// kept: while it is away, whoever writes to it is told so.
final class Component: Service {
    unowned let relay: Relay
    let domain: String
    let name: String
    let secret: [UInt8]
    private(set) var socket: ComponentSocket?
    private var requests = ComponentRequests()

    init(relay: Relay, _ settings: ComponentSettings) {
        self.relay = relay
        domain = settings.domain
        name = settings.name
        secret = settings.secret
    }

    var isConnected: Bool { socket != nil }

    // MARK: To the component

    func receive(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        guard let socket else { return relay.router.refuse(stanza, away, from: from, to: to, by: arrival) }
        let isRequest = stanza.name == "iq" && (stanza["type"] == "get" || stanza["type"] == "set")
        guard !isRequest || requests.add(stanza, from: from, to: to, now: Clock.now()) else {
            let error = StanzaError(.resourceConstraint, text: "Too many requests wait for \(name).")
            return relay.router.refuse(stanza, error, from: from, to: to, by: arrival)
        }
        socket.send(stanza)
    }

    private var away: StanzaError {
        StanzaError(.remoteServerTimeout, text: "\(name) is not running now; nothing of this was kept.")
    }

    /// Whether the answer is one to a request that the component was given; it is forgotten then.
    func takes(answer: Element, from: JID, to: JID) -> Bool {
        requests.take(answer: answer, from: from, to: to)
    }

    // MARK: Coming and going

    /// A connection has shown the secret: it takes the place of an older one, which may be dead.
    func attach(_ new: ComponentSocket) {
        let old = socket
        socket = new
        old?.fail(StreamError(.conflict, text: "The component has connected again."))
        relay.push.reachable(domain)
    }

    func detached(_ old: ComponentSocket) {
        guard socket === old else { return }
        socket = nil
        tellAskers(requests.removeExpired(now: nil))
    }

    func expireRequests(now: UInt64) { tellAskers(requests.removeExpired(now: now)) }

    private func tellAskers(_ entries: [ComponentRequests.Entry]) {
        let error = StanzaError(.remoteServerTimeout, text: "\(name) has not answered.")
        for entry in entries {
            relay.router.refuse(entry.stanza, error, from: entry.asker, to: entry.asked, by: .live)
        }
    }
}
