internal import Bundles
internal import Engine
package import Storage

/// Registers that both sides keep: contact cards and nodes of personal eventing. They are larger than
/// presence and change seldom, so each travels as a bundle that is acknowledged hop by hop, and again only
/// when it changed or when the peer has a new store; after a restart of this box cards travel again, nodes
/// only as far as the peer has not got them (see `RegisterIndex`). The value stays on the disk and is read
/// when it is sent.
extension PostOffice {
    /// What the keys of kept registers begin with: contact cards, and nodes.
    package static let keptPrefix = "vcard/"
    package static let nodePrefix = "pep/"
    /// The directory: `people/SHARD`.
    package static let peoplePrefix = "people/"
    static func isKept(_ key: String) -> Bool { key.hasPrefix(keptPrefix) || isIndexed(key) }
    static func isIndexed(_ key: String) -> Bool { key.hasPrefix(nodePrefix) || key.hasPrefix(peoplePrefix) }

    /// Bytes of kept registers that one peer may have on this box's disk.
    private static let keptLimit = 64 << 20
    /// Bytes of them that may wait in a session's memory.
    private static let window = 256 << 10

    package func changed(kept key: String, tag: [UInt8], for office: Office) {
        guard let peer = peer(of: office), peer.told[key]?.tag != tag else { return }
        registerCounter += 1
        // Before the index is whole the peer is not told: it asks for what it has not.
        let waits = Self.isIndexed(key) && !peer.isIndexWhole
        peer.told[key] = .init(tag: tag, version: registerCounter, progress: waits ? .offered : .due)
        if !waits { tellKept(peer) }
    }

    package func withdraw(kept key: String) {
        for peer in peers.values where peer.told[key] != nil { changed(kept: key, tag: [], for: peer.office) }
    }

    package func kept(_ key: String, of office: Office) throws(StorageError) -> [UInt8]? {
        guard let peer = peer(of: office), peer.keptSizes[key] != nil else { return nil }
        if let value = peer.keptUnsynced[key] { return value }
        return try store.keptRegister(key, peer: office.number)
    }

    package func keptKeys(_ prefix: String, of office: Office) -> [String] {
        (peer(of: office)?.keptSizes.keys.filter { $0.hasPrefix(prefix) } ?? []).sorted()
    }

    package func takesAll(_ office: Office) -> Bool { peer(of: office)?.entry.replicas == .all }

    // MARK: Telling

    /// A way came up: what was under way on another may be lost with it.
    func tellKeptAgain(_ peer: Peer) {
        for (key, told) in peer.told where told.progress == .sent { peer.told[key]?.progress = .due }
        tellKept(peer)
    }

    /// Sends what is due, as far as the session has room; goes on when something was taken.
    func tellKept(_ peer: Peer) {
        let due = peer.told.filter { $0.value.progress == .due }.sorted {
            $0.value.version < $1.value.version
        }
        for (key, register) in due {
            guard let way = way(to: peer), let session = session(way, peer),
                session.engine.bytesWaiting < Self.window
            else { return }
            let value = register.tag.isEmpty ? [] : correspondent?.keptValue(key, for: peer.office) ?? []
            let parcel = Parcel.state(key: key, version: register.version, value: value)
            guard value.count <= Self.registerLimit else { continue }
            let parts = BundleParts(
                groups: [[parcel]], parcelClass: .background, isLive: false, epoch: store.epoch,
                lifetime: settings.chatLifetimeMs / 1_000)
            peer.told[key]?.progress = .sent
            post(
                parts, to: peer, way, session,
                as: .register(destination: peer.box, key: key, version: register.version))
        }
    }

    /// The destination, or a hub on the way, has it on its disk.
    func registerTaken(_ key: String, _ version: UInt64, _ destination: BoxID) {
        guard let peer = peers[destination] else { return }
        if peer.told[key]?.version == version { peer.told[key]?.progress = .taken }
        tellKept(peer)
    }

    /// A box's store is a new one: what it had taken is gone.
    func forgetTold() {
        for peer in peers.values { for key in peer.told.keys { peer.told[key]?.progress = .due } }
    }

    // MARK: Heard

    /// Keeps what a peer told; its version was found to be news.
    func keepHeard(_ key: String, _ version: Peer.RegisterVersion, _ value: [UInt8], _ origin: Peer) {
        let before = origin.keptSizes[key] ?? 0
        guard value.count <= Self.registerLimit, origin.keptBytes - before + value.count <= Self.keptLimit
        else {
            return note("a register was not kept: too many or too large", origin.office.name)
        }
        if Self.isIndexed(key) {
            do {
                guard try kept(key, of: origin.office) ?? [] != value else { return }
            } catch {
                return broken(error.description)
            }
            correspondent?.registerChanged(key, value: value, of: origin.office)
        }
        origin.keptBytes += value.count - before
        origin.keptSizes[key] = value.isEmpty ? nil : value.count
        origin.keptDigests[key] = value.isEmpty ? nil : RegisterTag.number(of: value)
        origin.keptUnsynced[key] = value
        store.keep(
            register: key, epoch: version.epoch, counter: version.counter, value: value,
            peer: origin.office.number
        ) { error in
            if origin.keptUnsynced[key] == value { origin.keptUnsynced[key] = nil }
            // Nothing of it is on the disk: it is asked for again with the next index.
            if error != nil { origin.keptDigests[key] = nil }
        }
    }

    func forgetKept(_ key: String, _ origin: Peer) {
        guard let size = origin.keptSizes[key] else { return }
        correspondent?.registerChanged(key, value: [], of: origin.office)
        origin.keptBytes -= size
        origin.keptSizes[key] = nil
        origin.keptDigests[key] = nil
        origin.keptUnsynced[key] = nil
        store.keep(register: key, epoch: .none, counter: 0, value: [], peer: origin.office.number)
    }

    func restoreKept(_ peer: Peer) throws(StorageError) {
        for prefix in [Self.keptPrefix, Self.nodePrefix, Self.peoplePrefix] {
            for register in try store.reader.keptRegisters(peer: peer.office.number, prefix: prefix) {
                peer.heardVersions[register.key] = .init(epoch: register.epoch, counter: register.counter)
                peer.keptSizes[register.key] = register.size
                peer.keptBytes += register.size
            }
        }
    }
}
