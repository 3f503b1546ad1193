internal import Carriers
internal import XMPP

/// Service outage status (XEP-0455 0.4.0): which lines to other offices are down and since when, as a file
/// that anybody may read, and where it is.
extension Relay {
    /// Names the file in service discovery. Call before clients come.
    package func announce(statusAddress: String) {
        var form = DataForm(kind: "result", type: "urn:xmpp:sos:0")
        form.add("external-status-addresses", [statusAddress])
        announce(form)
    }

    /// The file as it is now: `{}` while every line is up.
    package var outageDocument: String {
        let dark = (offices?.all ?? []).compactMap { office in
            offices?.darkSince(office).map { (office: office, since: $0) }
        }.sorted { $0.since < $1.since }
        return Self.outageDocument(dark)
    }

    /// Lines named in one message at most; of more, how many there are.
    static let outageLines = 10

    static func outageDocument(_ dark: [(office: Office, since: UInt64)]) -> String {
        guard let first = dark.first else { return "{}\n" }
        // A box's name is of letters, digits, - and _: nothing in the message needs escaping.
        var lines = dark.prefix(outageLines).map { PresenceRouter.darkText($0.office, $0.since) }
        if dark.count > outageLines { lines.append("and \(dark.count - outageLines) more") }
        return """
            {"planned":false,"beginning":"\(DateTime(milliseconds: Int64(first.since)))",\
            "message":{"default":"\(lines.joined(separator: "; "))"}}

            """
    }
}
