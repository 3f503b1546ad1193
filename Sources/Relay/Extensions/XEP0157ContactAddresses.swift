internal import XMPP

/// Whom people write to about the service (XEP-0157 1.1.1).
extension Relay {
    /// Shows addresses in service discovery. Call before clients come.
    /// - Parameter contacts: URIs by kind: `admin`, `abuse` and the others that are registered.
    package func announce(contacts: [String: [String]]) {
        guard !contacts.isEmpty else { return }
        var form = DataForm(kind: "result", type: "http://jabber.org/network/serverinfo")
        for (kind, addresses) in contacts.sorted(by: { $0.key < $1.key }) {
            form.add("\(kind)-addresses", addresses)
        }
        announce(form)
    }
}
