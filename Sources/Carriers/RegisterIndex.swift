internal import Bundles
internal import Storage

/// Tells two values of a kept register apart.
package enum RegisterTag {
    /// The first 8 bytes of BLAKE2b-128.
    package static func tag(of value: [UInt8]) -> [UInt8] { Array(Sodium.blake2b(16, value).prefix(8)) }

    static func number(of value: [UInt8]) -> UInt64 { number(tag(of: value)) }
    static func number(_ tag: [UInt8]) -> UInt64 { tag.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
    static func key(_ key: String) -> UInt64 { number(of: Array(key.utf8)) }
}

/// What a peer keeps of this box's nodes is compared when a way comes up: the writer tells the hashes of
/// keys and values; the reader forgets what is not among them, also what was withdrawn while the line was
/// down and the writer was restarted, and asks for what it has not. Nothing crosses a thin line twice.
extension PostOffice {
    static let indexPrefix = "index/"
    static let wantPrefix = "want/"
    /// Entries of one index register; more are divided into 16 by the first bits of the key's hash.
    static let indexLimit = 2_500

    // MARK: Writer

    package func indexIsWhole(for office: Office) {
        guard let peer = peer(of: office) else { return }
        peer.isIndexWhole = true
        tellIndex(peer)
    }

    func tellIndex(_ peer: Peer) {
        guard peer.isIndexWhole, way(to: peer) != nil else { return }
        let entries = peer.told.filter { Self.isIndexed($0.key) && !$0.value.tag.isEmpty }
            .map { (key: RegisterTag.key($0.key), tag: RegisterTag.number($0.value.tag)) }
        guard entries.count > Self.indexLimit else { return tellIndex(entries, bits: 0, shard: 0, peer) }
        for shard in 0..<UInt8(16) {
            tellIndex(entries.filter { $0.key >> 60 == UInt64(shard) }, bits: 4, shard: shard, peer)
        }
    }

    private func tellIndex(_ entries: [(key: UInt64, tag: UInt64)], bits: UInt8, shard: UInt8, _ peer: Peer) {
        var writer = ByteWriter(reserving: 1 + entries.count * 16)
        writer.byte(bits)
        for entry in entries {
            writer.uint64(entry.key)
            writer.uint64(entry.tag)
        }
        tellOnce("\(Self.indexPrefix)\(shard)", writer.bytes, peer)
    }

    /// A register whose value is not remembered here.
    private func tellOnce(_ key: String, _ value: [UInt8], _ peer: Peer) {
        guard value.count <= Self.registerLimit else {
            return note("too many registers to tell of", peer.office.name)
        }
        registerCounter += 1
        let parcel = Parcel.state(key: key, version: registerCounter, value: value)
        peer.unsentOnce[key] = sendUnstored(parcel, class: .background, to: peer) ? nil : value
    }

    /// What the session had no room for; with a new way there is a new index.
    func tellUnsentOnce(_ peer: Peer) {
        let unsent = peer.unsentOnce
        peer.unsentOnce = [:]
        guard way(to: peer) != nil else { return }
        for (key, value) in unsent.sorted(by: { $0.key < $1.key }) { tellOnce(key, value, peer) }
    }

    /// The peer has not got these.
    func heardWant(_ value: [UInt8], _ origin: Peer) {
        var reader = ByteReader(value)
        var wanted: Set<UInt64> = []
        while let hash = try? reader.uint64() { wanted.insert(hash) }
        guard !wanted.isEmpty else { return }
        for (key, told) in origin.told
        where Self.isIndexed(key) && told.progress != .sent && wanted.contains(RegisterTag.key(key)) {
            origin.told[key]?.progress = .due
        }
        tellKept(origin)
    }

    // MARK: Reader

    func heardIndex(_ key: String, _ value: [UInt8], _ origin: Peer) {
        let shard = UInt64(key.dropFirst(Self.indexPrefix.count)) ?? 0
        var reader = ByteReader(value)
        guard let bits = try? reader.byte(), bits == 0 || bits == 4, shard < 16 else { return }
        var told: [UInt64: UInt64] = [:]
        while let key = try? reader.uint64(), let tag = try? reader.uint64() { told[key] = tag }
        for key in origin.keptSizes.keys.filter(Self.isIndexed).sorted() {
            let hash = RegisterTag.key(key)
            guard bits == 0 || hash >> 60 == shard else { continue }
            guard let tag = told[hash] else {
                forgetKept(key, origin)
                continue
            }
            if digest(of: key, origin) == tag { told[hash] = nil }
        }
        guard !told.isEmpty else { return }
        var writer = ByteWriter(reserving: told.count * 8)
        for hash in told.keys { writer.uint64(hash) }
        tellOnce("\(Self.wantPrefix)\(shard)", writer.bytes, origin)
    }

    private func digest(of key: String, _ origin: Peer) -> UInt64? {
        if let known = origin.keptDigests[key] { return known }
        let value: [UInt8]?
        do {
            value = try kept(key, of: origin.office)
        } catch {
            broken(error.description)
            return nil
        }
        guard let value else { return nil }
        let digest = RegisterTag.number(of: value)
        origin.keptDigests[key] = digest
        return digest
    }
}
