internal import Storage
internal import XMPP

/// Entity time (XEP-0202), in UTC.
enum EntityTime {
    static let module = Extension(
        features: [NS.time],
        queries: [
            NS.time: { request in
                guard request.account == nil else { return .error(StanzaError(.serviceUnavailable)) }
                let now = DateTime(milliseconds: Int64(clamping: request.relay.store.wallNow()))
                return .result([
                    Element(
                        "time", NS.time, [:],
                        [
                            Element("tzo", NS.time, text: "+00:00"),
                            Element("utc", NS.time, text: now.description),
                        ])
                ])
            }
        ])
}
