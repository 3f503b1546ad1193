internal import Bundles
internal import Carriers
internal import Engine
internal import Glibc
internal import Relay
internal import Storage

extension ControlHandler {
    func status() -> ControlResponse {
        do {
            let depths = try box.store.reader.queueDepths()
            let transit = try box.store.reader.transitDepth()
            return .document(
                StatusDocument(
                    running: box.isServing,
                    box: .init(
                        name: box.configuration.box.name, domain: box.configuration.box.domain,
                        key: box.card?.fingerprint ?? "", started: box.started),
                    links: links(),
                    queue: depths.map { depth in
                        .init(
                            peer: peerName(depth.peer), class: "\(depth.parcelClass)", count: depth.parcels,
                            bytes: depth.bytes, oldest: depth.oldest)
                    },
                    transit: .init(bundles: transit.bundles, bytes: transit.bytes),
                    transfers: transfers(),
                    sessions: .init(connected: box.relay.connectedCount), storage: storage(),
                    clock: clock(), certificates: certificates()))
        } catch {
            return .failure(ExitStatus.failed, error.description)
        }
    }

    private func clock() -> StatusDocument.ClockPart {
        let now = box.store.wallNow()
        let clock = box.store.clock
        return .init(now: now, sure: clock.isSure, source: clock.source.rawValue)
    }

    /// Files under way: how far each is, without its name.
    private func transfers() -> [StatusDocument.Transfer] {
        (box.postOffice.blobs?.status ?? []).map {
            .init(
                peer: $0.peer, direction: $0.isOutgoing ? "out" : "in", size: $0.size, done: $0.done,
                left: $0.left, rate: $0.rate)
        }
    }

    private func storage() -> StatusDocument.Storage {
        let size = FileStatus(path: box.directory.database)?.size ?? 0
        var disk = statvfs()
        let free = statvfs(box.directory.path, &disk) == 0 ? Int(disk.f_bavail) * Int(disk.f_frsize) : 0
        return .init(
            database: size, free: free, commits: box.store.journal.counts.commits,
            jobs: box.store.journal.counts.jobs)
    }

    private func certificates() -> StatusDocument.Certificates {
        let files = box.configuration.tls
        let chain = files?.certificate ?? box.authority.chainFile
        return .init(
            expires: Explicit(try? box.authority.expiryTime(ofChainIn: chain)),
            renewal: Explicit(files == nil ? try? box.authority.renewalTime() : nil),
            root: files == nil ? "self-made" : "from elsewhere")
    }

    private func links() -> [StatusDocument.Link] {
        box.postOffice.status.map {
            .init(
                peer: $0.name, state: box.isServing ? $0.state : "unknown",
                way: Explicit(box.isServing ? $0.way : nil), rate: Explicit(box.isServing ? $0.rate : nil),
                rtt: Explicit(box.isServing ? $0.roundTripMs : nil),
                since: Explicit(box.isServing ? $0.since : nil))
        }
    }

    /// The name of a peer by its number; mail may wait for one that is not listed any more.
    func peerName(_ number: Int64) -> String {
        box.postOffice.status.first { $0.number == number }?.name ?? "removed-\(number)"
    }
}
