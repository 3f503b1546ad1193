internal import Bundles
internal import Engine
internal import Storage

/// Who dials: one of the two, as far as that is known. Two sessions made at once would cost a thin line a
/// handshake for nothing, as only the one dialed by the box with the lower link key stays.
extension PostOffice {
    /// While the peer is known to dial, this box tries in between only: its address may have changed.
    private static let betweenAttemptsMs: UInt64 = 30_000
    /// Before the first session ever nobody knows who can dial.
    private static let betweenFirstAttemptsMs: UInt64 = 12_000

    func dialIfDue(_ peer: Peer, _ now: UInt64) {
        guard peer.entry.direct, !peer.entry.addresses.isEmpty, now >= peer.leavesDialingUntil,
            !isAnswered(peer, now), peer.dial.shouldDial(now: now)
        else { return }
        dialNow(peer)
        guard !staysWhenDialedHere(peer) else { return }
        switch peer.wasDialedByPeer {
        case true: peer.leavesDialingUntil = now + Self.betweenAttemptsMs
        case nil: peer.leavesDialingUntil = now + Self.betweenFirstAttemptsMs
        case false: break
        }
    }

    /// Of two sessions the one dialed by the lower key stays.
    private func staysWhenDialedHere(_ peer: Peer) -> Bool {
        identity.link.publicKey.lexicographicallyPrecedes(peer.entry.card.linkKey)
    }

    /// Whether this box's own attempt has come so far that the peer's is not worth a handshake.
    func prefersOwnAttempt(_ peer: Peer) -> Bool {
        staysWhenDialedHere(peer) && peer.attempts.contains { $0.engine.state == .handshaking }
    }

    /// A session counts: another attempt would only end in two, and next time the same side dials.
    func dialingSettled(_ connection: LinkConnection, _ peer: Peer) {
        let others = peer.attempts.filter { $0 !== connection }
        peer.attempts = []
        for attempt in others { attempt.close() }
        peer.dial.sessionCounts(now: Clocks.monotonic())
        let isByPeer = !connection.dialedHere
        if isByPeer, !staysWhenDialedHere(peer) {
            peer.leavesDialingUntil = Clocks.monotonic() + Self.betweenAttemptsMs
        } else {
            peer.leavesDialingUntil = 0
        }
        guard peer.wasDialedByPeer != isByPeer else { return }
        peer.wasDialedByPeer = isByPeer
        keepDialed(peer)
    }

    /// The line fell: while the peer is known to dial, it has the first word.
    func leaveDialing(to peer: Peer) {
        guard peer.wasDialedByPeer == true, !staysWhenDialedHere(peer) else { return }
        peer.leavesDialingUntil = Clocks.monotonic() + Self.betweenAttemptsMs
    }
}
