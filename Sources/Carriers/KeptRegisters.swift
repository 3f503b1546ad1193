internal import Bundles
internal import Engine
package import Storage

/// Registers that both sides keep: contact cards. They are larger than presence and change seldom, so a
/// card travels as a bundle that is acknowledged hop by hop, and again only when it changed, when the
/// peer has a new store, or after a restart of this box. The value stays on the disk and is read when it
/// is sent.
extension PostOffice {
    /// What the keys of kept registers begin with.
    package static let keptPrefix = "vcard/"
    /// Bytes of kept registers that one peer may have on this box's disk.
    private static let keptLimit = 64 << 20
    /// Bytes of them that may wait in a session's memory.
    private static let window = 256 << 10

    package func changed(kept key: String, tag: [UInt8], for office: Office) {
        guard let peer = peer(of: office), peer.told[key]?.tag != tag else { return }
        registerCounter += 1
        peer.told[key] = .init(tag: tag, version: registerCounter, progress: .due)
        tellKept(peer)
    }

    package func withdraw(kept key: String) {
        for peer in peers.values where peer.told[key] != nil { changed(kept: key, tag: [], for: peer.office) }
    }

    package func kept(_ key: String, of office: Office) throws(StorageError) -> [UInt8]? {
        try store.keptRegister(key, peer: office.number)
    }

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
            let value = register.tag.isEmpty ? [] : correspondent?.keptValue(key) ?? []
            let parcel = Parcel.state(key: key, version: register.version, value: value)
            guard value.count <= Self.registerLimit,
                let bundle = seal(
                    [[parcel]], class: .background, isLive: false, epoch: store.epoch,
                    lifetime: settings.chatLifetimeMs / 1_000, for: peer)
            else { continue }
            peer.told[key]?.progress = .sent
            session.send(
                bundle, class: .background, held: 0,
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
        let total = origin.keptSizes.values.reduce(0, +) - before + value.count
        guard value.count <= Self.registerLimit, total <= Self.keptLimit else {
            return note("a contact card was not kept: too many or too large", origin.office.name)
        }
        origin.keptSizes[key] = value.isEmpty ? nil : value.count
        store.keep(
            register: key, epoch: version.epoch, counter: version.counter, value: value,
            peer: origin.office.number)
    }

    func restoreKept(_ peer: Peer) throws(StorageError) {
        for register in try store.reader.keptRegisters(peer: peer.office.number, prefix: Self.keptPrefix) {
            peer.heardVersions[register.key] = .init(epoch: register.epoch, counter: register.counter)
            peer.keptSizes[register.key] = register.size
        }
    }
}
