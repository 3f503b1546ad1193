internal import XMPP

/// Software version (XEP-0092): the name and the version, not the machine below it.
package enum SoftwareVersion {
    package static let number = "0.1.0"

    static let module = Extension(
        features: [NS.version],
        queries: [
            NS.version: { request in
                guard request.account == nil else { return .error(StanzaError(.serviceUnavailable)) }
                return .result([
                    Element(
                        "query", NS.version, [:],
                        [
                            Element("name", NS.version, text: "Dakghar"),
                            Element("version", NS.version, text: number),
                        ])
                ])
            }
        ])
}
