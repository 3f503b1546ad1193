internal import XMPP

/// Unique and stable stanza ids (XEP-0359): given in `MessageRouter`, announced here, with the hints
/// (XEP-0334) that the router heeds.
enum StableIDs {
    static let module = Extension(features: [NS.hints], accountFeatures: [NS.sid])
}
