internal import Bundles
internal import Engine
internal import Storage

/// Files of bundles: the same rules as for a session with the box that wrote the file.
extension PostOffice {
    /// Begins a file for a peer: to be imported by it, or by a hub that forwards it.
    package func exportStick(for name: String, via hub: String?) throws(StickFailure) -> StickExport {
        let peer = try listed(name)
        let addressee = try hub.map { name throws(StickFailure) in try listed(name) } ?? peer
        return StickExport(self, peer: peer, addressee: addressee)
    }

    package func importStick() -> StickImport { StickImport(self) }

    private func listed(_ name: String) throws(StickFailure) -> Peer {
        guard let peer = peers.values.first(where: { $0.office.name == name }) else {
            throw StickFailure(.badInput, "There is no peer '\(name)'; 'peer list' shows them.")
        }
        return peer
    }

    /// Whose file it is. Throws when it is not for this box, or of a box that is not in the list.
    func writer(of head: StickPreamble) throws(StickFailure) -> Peer {
        guard head.signer != identity.boxID else {
            throw StickFailure(
                .badInput, "This box wrote the file itself; take it to \(describe(head.addressee)).")
        }
        guard head.addressee == identity.boxID else {
            throw StickFailure(
                .badInput,
                "The file is for another box, \(describe(head.addressee)); take it there. Nothing was taken.")
        }
        guard let peer = peers[head.signer] else {
            throw StickFailure(
                .notPermitted,
                "The file is of a box that is not in the peer list (\(head.signer)). If you know the box, add its "
                    + "card with 'peer add' and import again.")
        }
        return peer
    }

    private func describe(_ box: BoxID) -> String { peers[box]?.office.name ?? "\(box)" }

    /// A bundle that may be taken.
    enum Examined {
        case own([Checked], Peer)
        case passing(BundleHeader, [UInt8], Peer)
    }

    /// Whether a bundle of a file may be taken here, without taking it.
    func examine(_ bytes: [UInt8], from carrier: Peer) throws -> Examined {
        let header = try BundleHeader.decode(bytes).header
        guard !header.isLive else { throw StickError.malformed(.badValue("class")) }
        guard header.destination == identity.boxID else {
            return try examinePassing(header, bytes, from: carrier)
        }
        guard let origin = peers[header.origin] else {
            throw StickFailure(
                .notPermitted,
                "The file holds mail of a box that is not in the peer list (\(header.origin)). Add its card with "
                    + "'peer add' and import again. Nothing was taken.")
        }
        guard let key = identity.sealingKey(id: header.sealingKeyID) else {
            throw StickFailure(
                .badInput,
                "The file is sealed for a key that this box has no more. Nothing was taken; it is too old, or "
                    + "\(origin.office.name) knows an old card: give it the newest one, or a file of this box, and "
                    + "have it export again.")
        }
        do {
            let checked = try check(bytes, header.epoch, key, origin)
            // Over a line one bad parcel is passed over; a file that somebody carries is taken whole or not.
            for parcel in checked {
                guard let reason = parcel.refusal else { continue }
                throw StickFailure(
                    .badInput,
                    "The file holds what \(origin.office.name) must not send: \(reason). Nothing was taken.")
            }
            return .own(checked, origin)
        } catch BundleError.notAuthentic {
            throw StickFailure(
                .notPermitted,
                "A bundle in the file is not sealed by \(origin.office.name) as its card in the peer list says. "
                    + "Nothing was taken; if that box has a new card, 'peer replace' it.")
        }
    }

    /// The rules of a session: of its origin or of an upstream, for a peer, never back.
    private func examinePassing(_ header: BundleHeader, _ bytes: [UInt8], from carrier: Peer) throws
        -> Examined
    {
        guard settings.forwards, carrier.box == header.origin || carrier.entry.upstream else {
            throw StickFailure(
                .notPermitted,
                "The file holds bundles for \(describe(header.destination)), and this box does not forward for "
                    + "\(carrier.office.name). Nothing was taken.")
        }
        guard let target = peers[header.destination], peers[header.origin] != nil,
            header.origin != header.destination, target !== carrier
        else {
            throw StickFailure(
                .notPermitted,
                "The file holds bundles between boxes that are not both in the peer list. Nothing was taken.")
        }
        return .passing(header, bytes, target)
    }

    /// How many parcels that wait for the peer an acknowledgement covers.
    func waiting(_ acknowledgement: Acknowledgement, _ peer: Peer) -> Int {
        do {
            return try store.reader.outboxCount(coveredBy: acknowledgement, peer: peer.office.number)
        } catch {
            broken("\(error)")
            return 0
        }
    }

    /// Whether the same bundle is kept here already: a file is imported twice without harm.
    func keeps(_ header: BundleHeader, _ bytes: [UInt8]) -> Bool {
        do {
            let rows = try store.reader.transitRows(
                from: header.origin, to: header.destination, size: bytes.count)
            return try rows.contains { try store.reader.transitBytes(id: $0) == bytes }
        } catch {
            broken("\(error)")
            return false
        }
    }
}
