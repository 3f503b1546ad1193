/// Which of two counted sessions with one peer stays.
///
/// Both ends decide alike without talking: the session dialed by the box with the lower link public
/// key stays; a newer session of the same dialer replaces its older one.
package enum SessionChoice: Sendable, Equatable {
    case keepExisting
    case replaceExisting

    /// Keys are link public keys of 32 bytes. A session that is under suspicion gives way to any
    /// fresh one: it is probably the dead one of the two.
    package static func between(
        localKey: [UInt8], remoteKey: [UInt8], existingDialedHere: Bool, newDialedHere: Bool,
        existingIsSuspect: Bool
    ) -> SessionChoice {
        if existingIsSuspect || existingDialedHere == newDialedHere { return .replaceExisting }
        let localDialStays = localKey.lexicographicallyPrecedes(remoteKey)
        return newDialedHere == localDialStays ? .replaceExisting : .keepExisting
    }
}
