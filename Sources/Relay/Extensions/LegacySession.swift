internal import XMPP

/// The session request of RFC 3921, which some clients still make after binding: nothing to do.
enum LegacySession {
    static let module = Extension(queries: [NS.session: { _ in .result([]) }])
}
