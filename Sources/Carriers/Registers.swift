internal import Bundles
internal import Engine
internal import Storage
internal import XMPP

/// State between boxes: registers that one box writes, of which only the newest value counts.
extension PostOffice {
    /// Bytes of one register.
    static let registerLimit = 48 << 10

    func setRegister(_ key: String, _ value: [UInt8], of peer: Peer) {
        guard value.count <= Self.registerLimit else { return }
        if let known = peer.registers[key], known.value == value { return }
        registerCounter += 1
        let isKnown = peer.registers[key] == nil && isKnownAnyway(key, value, peer)
        peer.registers[key] = .init(version: registerCounter, value: value, isTold: isKnown)
        if !isKnown { tell(key, peer) }
    }

    private func tell(_ key: String, _ peer: Peer) {
        guard let register = peer.registers[key] else { return }
        let told = sendUnstored(
            .state(key: key, version: register.version, value: register.value), class: .background, to: peer,
            topic: key)
        peer.registers[key]?.isTold = told
        if !told { peer.registersDue = Clocks.monotonic() + 1_000 }
    }

    /// After a way came up: everything again, as nobody stores it on the way.
    func tellRegisters(_ peer: Peer) {
        announceSealingKey(peer)
        announceRestore(peer)
        for (key, register) in peer.registers {
            peer.registers[key]?.isTold = isKnownAnyway(key, register.value, peer)
        }
        tellUntold(peer)
    }

    /// What the peer has said or taken for granted in the handshake of its own session need not be told.
    private func isKnownAnyway(_ key: String, _ value: [UInt8], _ peer: Peer) -> Bool {
        guard let session = peer.session, !session.isClosed else { return false }
        switch key {
        case SealingAnnouncement.register: return peer.sealsFor == identity.newestSealingKey.id
        case "reach": return value.isEmpty
        default: return false
        }
    }

    /// As much as the session has room for, in order; the rest a second later.
    func tellUntold(_ peer: Peer) {
        peer.registersDue = nil
        guard way(to: peer) != nil else { return }
        let untold = peer.registers.filter { !$0.value.isTold }.sorted { $0.value.version < $1.value.version }
        for (key, _) in untold where peer.registersDue == nil { tell(key, peer) }
    }

    // MARK: Heard

    /// Whether the peer may write this register: its own, or its people's.
    func mayWrite(_ key: String, _ origin: Peer) -> Bool {
        if [SealingAnnouncement.register, "reach", Self.receiptsRegister, Self.restoredRegister].contains(key)
        {
            return true
        }
        if key.hasPrefix(Self.indexPrefix) || key.hasPrefix(Self.wantPrefix) { return true }
        if key.hasPrefix(Self.peoplePrefix) { return true }
        // KIND/BARE or KIND/BARE/MORE: neither a local part nor a domain holds a slash; what follows may
        // hold anything.
        let pieces = key.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard pieces.count >= 2, let owner = try? JID(String(pieces[1])), owner.localpart != nil, owner.isBare
        else { return false }
        return office(for: owner.domain) == origin.office
    }

    /// Registers kept of one peer; beyond it new ones are not taken.
    private static let heardLimit = 20_000
    /// Bytes of them in memory.
    private static let heardBytesLimit = 32 << 20

    func heard(_ key: String, _ version: Peer.RegisterVersion, _ value: [UInt8], from origin: Peer) {
        // The same version again is news after a session was lost: what it said was forgotten with it.
        if let known = origin.heardVersions[key], known > version { return }
        let bytes = origin.heardBytes - (origin.heardSizes[key] ?? 0) + value.count
        guard value.count <= Self.registerLimit, bytes <= Self.heardBytesLimit,
            origin.heardVersions[key] != nil || origin.heardVersions.count < Self.heardLimit
        else { return note("a register was not taken: too many or too large", origin.office.name) }
        origin.heardVersions[key] = version
        switch key {
        case SealingAnnouncement.register: heardSealing(value, version, origin)
        case "reach":
            reachChanged(origin, ReachRegister(value))
        case Self.restoredRegister: heardRestored(value, origin)
        case Self.receiptsRegister: heardReceipts(value, origin)
        case _ where key.hasPrefix(Self.indexPrefix): heardIndex(key, value, origin)
        case _ where key.hasPrefix(Self.wantPrefix): heardWant(value, origin)
        case _ where Self.isKept(key): keepHeard(key, version, value, origin)
        default:
            origin.heardSizes[key] = value.isEmpty ? nil : value.count
            origin.heardBytes = bytes
            correspondent?.registerChanged(key, value: value, of: origin.office)
        }
    }

    private func heardSealing(_ value: [UInt8], _ version: Peer.RegisterVersion, _ origin: Peer) {
        guard
            let announced = try? SealingAnnouncement(
                verifying: value, identityKey: origin.entry.card.identityKey)
        else {
            return note("a sealing key with a bad signature was not taken", origin.office.name)
        }
        origin.sealingKey = (announced.keyID, announced.publicKey)
        keep(SealingAnnouncement.register, value, version, origin)
    }

    // MARK: On disk

    func keep(_ key: String, _ value: [UInt8], _ version: Peer.RegisterVersion, _ origin: Peer) {
        let number = origin.office.number
        store.journal.commit({
            try $0.putRegister(
                peer: number, key: key, epoch: version.epoch, counter: version.counter, value: value)
        })
    }

    /// The domain that a box had when it was last in the list.
    func rememberedDomain(_ number: Int64) throws(StorageError) -> String? {
        let found = try store.reader.registers(peer: number).first { $0.key == "domain" }
        return found.map { String(decoding: $0.value, as: UTF8.self) }
    }

    func restoreRegisters(_ peer: Peer) throws(StorageError) {
        var knownDomain: [UInt8] = []
        for register in try store.reader.registers(peer: peer.office.number) {
            let version = Peer.RegisterVersion(epoch: register.epoch, counter: register.counter)
            switch register.key {
            case "epoch": peer.knownEpoch = register.epoch
            case "store": peer.knownStore = register.counter
            case Self.reofferedKey: peer.reoffered = register.counter
            case "dialed": peer.wasDialedByPeer = register.counter == 1
            case "domain": knownDomain = register.value
            case SealingAnnouncement.register:
                guard
                    let announced = try? SealingAnnouncement(
                        verifying: register.value, identityKey: peer.entry.card.identityKey)
                else { continue }
                peer.heardVersions[register.key] = version
                peer.sealingKey = (announced.keyID, announced.publicKey)
            default: continue
            }
        }
        let domain = Array(peer.office.domain.utf8)
        if domain != knownDomain { keep("domain", domain, .init(epoch: .none, counter: 0), peer) }
    }

    func setKnownEpoch(_ epoch: Epoch, _ peer: Peer) {
        peer.knownEpoch = epoch
        keep("epoch", [], .init(epoch: epoch, counter: 0), peer)
    }

    /// Who dialed the last session, so that after a restart the same side does.
    func keepDialed(_ peer: Peer) {
        keep("dialed", [], .init(epoch: .none, counter: peer.wasDialedByPeer == true ? 1 : 2), peer)
    }

    func setKnownStore(_ storeID: UInt64, _ peer: Peer) {
        guard peer.knownStore != storeID else { return }
        peer.knownStore = storeID
        keep("store", [], .init(epoch: .none, counter: storeID), peer)
    }
}
