internal import Storage

/// The line to another office, as people may see it.
package struct OfficeLine: Sendable {
    package let office: Office
    /// "up", "degraded" or "down".
    package let state: String
    /// Wall milliseconds of the last change between up and down.
    package let since: UInt64
    /// Bytes a second that its way takes from here, or took when it was last up; nil when unknown.
    package let rate: Int?
}

extension PostOffice {
    /// The lines to all peers of the list, by name.
    package var lines: [OfficeLine] {
        status.map { peer in
            OfficeLine(
                office: Office(name: peer.name, domain: peer.domain, number: peer.number),
                state: peer.state, since: peer.since,
                rate: peer.rate ?? self.peer(number: peer.number)?.measuredRate)
        }
    }
}
