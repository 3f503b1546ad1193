package import Bundles
internal import Engine
package import Storage

/// A file of another box as somebody here reads it.
package struct RemoteFile: Sendable {
    package let name: String
    package let type: String
    /// Bytes.
    package let size: Int
    package let content: Upload.Content
    package let path: String
    package let isComplete: Bool
    /// Bytes of content in a sealed chunk of the file.
    package let unit: Int
}

/// What the HTTPS port asks. All of it goes by the address's token: without it there is nothing to see.
extension BlobExchange {
    /// Whether a box of this name is listed.
    package func isListed(_ box: String) -> Bool { office.peers.values.contains { $0.office.name == box } }

    private func key(_ box: String, _ blob: BlobID) -> Key? {
        guard let peer = office.peers.values.first(where: { $0.office.name == box }) else { return nil }
        return Key(peer: peer.office.number, blob: blob)
    }

    /// What is here of a file; nil while its manifest has not come.
    package func file(of box: String, _ blob: BlobID) -> RemoteFile? {
        guard let key = key(box, blob), let replica = replicas[key] else { return nil }
        return RemoteFile(
            name: replica.row.name, type: replica.row.type, size: replica.row.size,
            content: replica.row.content, path: shelf.path(replica: replica.row.id),
            isComplete: replica.isComplete, unit: BlobParcel.unitBytes)
    }

    /// Why it is not to be had, as far as is known.
    package func refusal(of box: String, _ blob: BlobID) -> Refusal? {
        key(box, blob).flatMap { refusals[$0]?.reason }
    }

    /// Up to where the content can be read from `start` on; `start` when that byte is not there. What is
    /// there came sealed from the owner; the last unit is held back until the hash of the whole is right, so
    /// that nobody has a file to its end that is not the owner's.
    package func readable(of box: String, _ blob: BlobID, from start: Int) -> Int {
        guard let key = key(box, blob), let replica = replicas[key] else { return start }
        guard !replica.isComplete else { return replica.row.size }
        let unit = start / BlobParcel.unitBytes
        guard let range = replica.receiving.readable(from: UInt64(unit)) else { return start }
        let last = min(range.upperBound + 1, replica.receiving.units - 1)
        return max(start, Int(clamping: last) * BlobParcel.unitBytes)
    }

    /// Asks the owner for a file, from this byte on; not more often than every few seconds.
    package func ask(_ box: String, for blob: BlobID, from start: Int) {
        guard let key = key(box, blob), let peer = office.peer(number: key.peer), asked[key] == nil,
            asked.count < Self.remembered, refusals[key] == nil
        else { return }
        let unit = UInt64(max(0, start) / BlobParcel.unitBytes)
        let parcel = Parcel.blob(BlobParcel(id: blob, .request(from: unit)))
        if office.sendUnstored(parcel, class: .chat, to: peer) { asked[key] = Clocks.monotonic() }
    }

    /// `changed` is called whenever more of the file is here, or it turned out not to be had.
    package func watch(_ box: String, _ blob: BlobID, changed: @escaping () -> Void) -> Int? {
        guard let key = key(box, blob) else { return nil }
        lastWatcher += 1
        watchers[key, default: [:]][lastWatcher] = changed
        return lastWatcher
    }

    package func unwatch(_ box: String, _ blob: BlobID, _ watcher: Int) {
        guard let key = key(box, blob) else { return }
        watchers[key]?[watcher] = nil
        if watchers[key]?.isEmpty == true { watchers[key] = nil }
    }

    func tellWatchers(_ key: Key) {
        guard let waiting = watchers[key] else { return }
        for changed in waiting.values { changed() }
    }
}
