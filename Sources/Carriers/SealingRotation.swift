internal import Bundles
internal import Storage

/// A new sealing key every week; old ones are erased when nothing sealed to them can still be on its way.
extension PostOffice {
    private static let week: UInt64 = 7 * 86_400_000

    /// Looks every hour. A new key is on the disk before anybody hears of it.
    func rotateSealingKey() {
        guard let saveIdentity else { return }
        let now = store.wallNow()
        var next = identity
        let created = next.newestSealingKey.createdMs
        // A key from the future was made under a wrong clock.
        if now >= created + Self.week || created > now + Self.week { next.addSealingKey(createdMs: now) }
        let kept = settings.chatLifetimeMs + Self.week
        next.forgetSealingKeys(replacedBeforeMs: now > kept ? now - kept : 0)
        guard next != identity else { return }
        do {
            try saveIdentity(next)
        } catch {
            return note("the new sealing key was not written, the old one stays: \(error)", nil)
        }
        identity = next
        for peer in peers.values { announceSealingKey(peer) }
    }

    /// Puts the newest key into the register; does nothing when it is there.
    func announceSealingKey(_ peer: Peer) {
        let newest = identity.newestSealingKey
        guard peer.announcedKey != newest.id else { return }
        peer.announcedKey = newest.id
        setRegister(SealingAnnouncement.register, SealingAnnouncement(newest).signed(by: identity), of: peer)
    }
}
