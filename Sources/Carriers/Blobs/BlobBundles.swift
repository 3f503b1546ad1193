internal import Bundles
internal import Engine
internal import Storage

extension PostOffice {
    /// What a checked bundle says of files; its answer goes out when that is on the disk.
    func takeBlobs(
        _ parcels: [Checked], _ number: UInt64, isLive: Bool, from origin: Peer, on connection: LinkConnection
    ) {
        let found = parcels.compactMap { if case .blob(let blob) = $0 { blob } else { nil } }
        let answer: (BlobExchange.Outcome) -> Void = { outcome in
            guard !isLive else { return }
            switch outcome {
            case .kept: connection.taken([number])
            case .full: connection.refuse(number, .full, "this box's disk is full")
            case .unknown: connection.refuse(number, .malformed, "nothing is known of this file")
            }
        }
        guard !found.isEmpty else { return answer(.kept) }
        guard let blobs else { return answer(.full) }
        blobs.receive(found, from: origin, isDirect: connection.peer === origin, then: answer)
    }

    /// Sends a parcel to be kept by a hub until its destination comes; false when no hub is there.
    @discardableResult
    func sendByHub(_ parcel: Parcel, class parcelClass: ParcelClass, to peer: Peer) -> Bool {
        let hubs = peers.values.filter { $0.session != nil && $0 !== peer }
        let hub = hubs.first { $0.reach.contains(peer.box) } ?? hubs.first { $0.entry.upstream }
        guard let hub, let session = hub.session,
            let bundle = seal(
                [[parcel]], class: parcelClass, isLive: false, epoch: store.epoch,
                lifetime: settings.chatLifetimeMs / 1_000, for: peer)
        else { return false }
        return session.send(
            bundle, class: parcelClass, held: 0,
            as: .mail(destination: peer.box, way: .via(hub.box), names: []))
    }
}
